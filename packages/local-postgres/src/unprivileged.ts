import { spawnSync } from 'node:child_process';
import { chownSync } from 'node:fs';

/** How to run a program that refuses to run as root: a command prefix, and perhaps another user. */
export interface Unprivileged {
  readonly prefix: readonly string[];
  readonly ids: { readonly uid?: number; readonly gid?: number };
}

const NOBODY = 65534;
const USER_NAMESPACE = ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];

/**
 * PostgreSQL refuses root. A normal user runs it as is. Root runs it in a user namespace that shows
 * root as `nobody`: files keep their owner, so any folder works, below /root too. Where user
 * namespaces are forbidden (some containers), root hands `paths` to `nobody` and runs as that.
 */
export function unprivileged(paths: readonly string[]): Unprivileged {
  if (process.getuid?.() !== 0) return { prefix: [], ids: {} };
  const [command = 'unshare', ...args] = USER_NAMESPACE;
  if (spawnSync(command, [...args, 'true']).status === 0) return { prefix: USER_NAMESPACE, ids: {} };
  for (const path of paths) chownSync(path, NOBODY, NOBODY);
  return { prefix: [], ids: { uid: NOBODY, gid: NOBODY } };
}
