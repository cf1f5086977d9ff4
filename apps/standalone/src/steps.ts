/** Wider than the longest title. */
const WIDTH = 48;

/** Prints each step of the start as it happens, with its time, so that a person sees where a slow one is. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  process.stdout.write(`  ${title.padEnd(WIDTH, ' ')}`);
  const start = performance.now();
  try {
    const result = await work();
    process.stdout.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stdout.write('failed\n');
    throw error;
  }
}
