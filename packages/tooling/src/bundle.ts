import { type BuildOptions, build } from 'esbuild';

/**
 * Bundles a program of this repository into one file that plain Node starts in milliseconds: workspace
 * packages are inlined, everything from npm stays outside and is resolved from the root's node_modules.
 */
export async function bundle(entries: Readonly<Record<string, string>>, folder: string): Promise<void> {
  const options: BuildOptions = {
    entryPoints: entries as Record<string, string>,
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
    // Node parses the map whenever it starts; the sources themselves are most of it and no stack trace needs them.
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [
      {
        name: 'npm-packages-stay-outside',
        setup(context) {
          context.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === 'entry-point' || path.startsWith('@millrace/') ? undefined : { path, external: true },
          );
        },
      },
    ],
  };
  await build(options);
}
