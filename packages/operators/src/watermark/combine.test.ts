import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WatermarkValve } from './combine.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`combine.test seed ${seed}`);

describe('the watermark of several inputs', () => {
  it('is the least of them, and silent until all have spoken', () => {
    const valve = new WatermarkValve(2);
    expect(valve.onWatermark(0, 10)).toStrictEqual({});
    expect(valve.onWatermark(1, 5)).toStrictEqual({ watermark: 5 });
    expect(valve.onWatermark(1, 20)).toStrictEqual({ watermark: 10 });
    expect(valve.onWatermark(1, 15)).toStrictEqual({});
  });

  it('is not held back by an idle input, which counts again once it has caught up', () => {
    const valve = new WatermarkValve(2);
    valve.onWatermark(0, 10);
    expect(valve.onIdle(1, true)).toStrictEqual({ watermark: 10 });
    expect(valve.onWatermark(0, 30)).toStrictEqual({ watermark: 30 });
    expect(valve.onIdle(1, false)).toStrictEqual({});
    expect(valve.onWatermark(1, 20)).toStrictEqual({});
    expect(valve.onWatermark(0, 40)).toStrictEqual({ watermark: 40 });
    expect(valve.onWatermark(1, 45)).toStrictEqual({});
    expect(valve.onWatermark(0, 50)).toStrictEqual({ watermark: 45 });
  });

  it('goes to the furthest promise when all are idle, and says so', () => {
    const valve = new WatermarkValve(2);
    valve.onWatermark(0, 10);
    valve.onWatermark(1, 5);
    expect(valve.onIdle(0, true)).toStrictEqual({});
    expect(valve.onIdle(1, true)).toStrictEqual({ watermark: 10, idle: true });
    expect(valve.onIdle(1, true)).toStrictEqual({});
    expect(valve.onIdle(0, false)).toStrictEqual({ idle: false });
  });

  it('never goes back, and never passes an input that has always been active', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('watermark' as const), channel: fc.nat(2), value: fc.nat(100) }),
      fc.record({ kind: fc.constant('idle' as const), channel: fc.integer({ min: 1, max: 2 }), value: fc.nat(1) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const valve = new WatermarkValve(3);
        let last = Number.NEGATIVE_INFINITY;
        let first = Number.NEGATIVE_INFINITY;
        for (const { kind, channel, value } of steps) {
          if (kind === 'watermark' && channel === 0) first = Math.max(first, value);
          const { watermark } =
            kind === 'watermark' ? valve.onWatermark(channel, value) : valve.onIdle(channel, value === 1);
          if (watermark !== undefined) expect(watermark).toBeGreaterThan(last);
          last = watermark ?? last;
          expect(valve.watermark).toBeLessThanOrEqual(first);
        }
      }),
      { seed, numRuns: 500 },
    );
  });
});
