import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface KeyFiles {
  /** Proves agents, masters and the portal to each other. */
  readonly clusterToken: string;
  /** Encrypts the secrets of connections. */
  readonly secretKey: string;
}

/** 256 random bits as hex in each file, mode 0600, made once per data folder. */
export function ensureKeyFiles(dataDir: string): KeyFiles {
  const files = { clusterToken: path.join(dataDir, 'cluster-token'), secretKey: path.join(dataDir, 'secret-key') };
  for (const file of Object.values(files)) {
    if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
  }
  return files;
}
