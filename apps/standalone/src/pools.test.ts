import { expect, test } from 'vitest';
import { initialPools } from './pools.ts';

test('on any node size children are guaranteed no more than their parent', () => {
  for (let memoryMb = 512; memoryMb < 20_000; memoryMb += 333) {
    const [root, ...children] = initialPools({ vcores: memoryMb / 777, memoryMb });
    const sum = children.reduce((total, pool) => total + pool.guaranteed.memoryMb, 0);
    expect(sum).toBeLessThanOrEqual(root?.guaranteed.memoryMb ?? 0);
    expect(children.reduce((total, pool) => total + pool.guaranteed.vcores, 0)).toBeLessThanOrEqual(
      root?.guaranteed.vcores ?? 0,
    );
  }
});
