import { takeOver } from './instance.ts';
import type { Options } from './options.ts';
import { isFree } from './ports.ts';

/** Takes data folder and port for this process, or rejects with what is in the way and what to do. */
export async function claim({ dataDir, port }: Options): Promise<void> {
  const { leftovers } = await takeOver(dataDir);
  if (leftovers > 0)
    console.log(`  An earlier run was killed; ${leftovers} of its processes were still there and were ended.`);
  if (!(await isFree(port))) {
    throw new Error(
      `Port ${port} is taken by another program. Choose another one: npm start -- --port ${port < 65_535 ? port + 1 : 3_000}`,
    );
  }
}
