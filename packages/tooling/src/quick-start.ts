import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/** What every program of the runtime loads; drivers that few jobs use, and native modules, stay outside. */
const INSIDE = /^(zod|pino|kafkajs|fzstd)(\/|$)/;
const STARTER = new URL('./starter.mjs', import.meta.url);

/**
 * Bundles programs that are started again and again, and whose start somebody waits for. Of each: `<name>.cjs`, one script with its npm packages
 * inside, and `<name>.js`, which runs it and keeps the code that V8 makes of it beside both, so that the next start compiles nothing (decisions/0001).
 * A program must not await at its top level.
 */
export async function bundleQuickStart(entries: Readonly<Record<string, string>>, folder: string): Promise<void> {
  const options: BuildOptions = {
    entryPoints: entries as Record<string, string>,
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    banner: { js: "'use strict'; const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'moduleUrl' },
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
    // What is left of import.meta is for programs that run from source.
    logOverride: { 'empty-import-meta': 'silent' },
    plugins: [packagesInside, ownRequires],
  };
  await build(options);
  for (const name of Object.keys(entries)) writeStarter(name, folder);
}

const packagesInside: Plugin = {
  name: 'packages-inside',
  setup(context) {
    context.onResolve({ filter: /^[^./]/ }, ({ path: name, importer, kind }) => {
      const isInside = INSIDE.test(name) || name.startsWith('@millrace/') || importer.includes('node_modules');
      return kind === 'entry-point' || isInside ? undefined : { path: name, external: true };
    });
  },
};

/** A module that makes its own `require`, which bundlers do not follow, is bundled as if it used the plain one, which they do. */
const ownRequires: Plugin = {
  name: 'own-requires',
  setup(context) {
    context.onLoad({ filter: /\/connectors\/src\/.*\.ts$/ }, ({ path: file }) => {
      const text = readFileSync(file, 'utf8');
      const plain = text.replace(/^const require = createRequire\(import\.meta\.url\);$/m, '');
      return plain === text ? undefined : { contents: plain, loader: 'ts' };
    });
  },
};

function writeStarter(name: string, folder: string): void {
  const program = readFileSync(path.join(folder, `${name}.cjs`));
  const id = createHash('sha256').update(program).digest('hex').slice(0, 12);
  for (const file of readdirSync(folder)) {
    if (file.startsWith(`${name}.`) && file.includes('.code') && !file.startsWith(`${name}.${id}.`))
      rmSync(path.join(folder, file), { force: true });
  }
  writeFileSync(path.join(folder, `${name}.js`), readFileSync(STARTER, 'utf8').replace('{{build}}', id));
}
