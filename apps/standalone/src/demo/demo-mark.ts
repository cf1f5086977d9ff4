import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

interface DemoMark {
  /** The first start wants the demo; who deletes it later does not get it back. */
  want(): void;
  isWanted(): boolean;
  done(): void;
}

/** Remembers across a killed first start that the demo is still to be made. */
export function demoMark(dataDir: string): DemoMark {
  const file = path.join(dataDir, 'demo-wanted');
  return {
    want: () => writeFileSync(file, ''),
    isWanted: () => existsSync(file),
    done: () => rmSync(file, { force: true }),
  };
}
