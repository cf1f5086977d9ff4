import type { Barrier } from '@millrace/contracts';
import type { CheckpointId } from '@millrace/model';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { BarrierAligner } from './barrier-aligner.ts';

const barrier = (id: number): Barrier => ({
  kind: 'barrier',
  checkpoint: id as CheckpointId,
  savepoint: false,
  stop: false,
});

describe('BarrierAligner', () => {
  for (let seed = 1; seed <= 20; seed++) {
    it(`a snapshot sees exactly what stood before the barrier on every channel, seed ${seed}`, () => {
      const random = new SeededRandom(seed);
      const channels = 1 + random.integer(5);
      const aligner = new BarrierAligner(channels);
      // Channel c carries: some records of checkpoint 1, barrier 1, records of 2, barrier 2, ...
      const queues = Array.from({ length: channels }, () =>
        [1, 2, 3, 4].flatMap((id) => [...Array.from({ length: random.integer(4) }, () => id), barrier(id)]),
      );
      let current = 1;
      while (queues.some((queue) => queue.length > 0)) {
        const channel = random.integer(channels);
        if (aligner.isBlocked(channel)) continue;
        const element = queues[channel]?.shift();
        if (element === undefined) continue;
        if (typeof element === 'number') expect(element).toBe(current);
        else if (aligner.onBarrier(channel, element) !== undefined) {
          expect(element.checkpoint).toBe(current);
          current++;
        }
      }
      expect(current).toBe(5);
    });
  }

  it('a channel that carries another barrier than its neighbours is a broken invariant', () => {
    const aligner = new BarrierAligner(2);
    aligner.onBarrier(0, barrier(1));
    expect(() => aligner.onBarrier(1, barrier(2))).toThrow(/while aligning/);
    expect(() => aligner.onBarrier(0, barrier(1))).toThrow(/blocked/);
  });
});
