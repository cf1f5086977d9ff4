import { describe, expect, it } from 'vitest';
import { WatermarkValve } from './watermark-valve.ts';

describe('WatermarkValve', () => {
  it('lets through the minimum of the active channels and never goes back', () => {
    const valve = new WatermarkValve(2);
    expect(valve.onWatermark(0, 10).watermark).toBeUndefined();
    expect(valve.onWatermark(1, 5).watermark).toBe(5);
    expect(valve.onWatermark(1, 3).watermark).toBeUndefined();
    expect(valve.onWatermark(1, 20).watermark).toBe(10);
  });

  it('an idle channel does not hold the others back, and wakes up with its next record', () => {
    const valve = new WatermarkValve(2);
    valve.onWatermark(0, 10);
    expect(valve.onIdle(1, true)).toEqual({ watermark: 10, idle: undefined });
    expect(valve.onWatermark(0, 20).watermark).toBe(20);
    valve.onRecord(1);
    expect(valve.onWatermark(0, 30).watermark).toBeUndefined();
    expect(valve.onWatermark(1, 25).watermark).toBe(25);
  });

  it('says once when all are idle, and once when one is back', () => {
    const valve = new WatermarkValve(2);
    expect(valve.onIdle(0, true).idle).toBeUndefined();
    expect(valve.onIdle(1, true)).toEqual({ watermark: undefined, idle: true });
    expect(valve.onIdle(1, true).idle).toBeUndefined();
    expect(valve.onRecord(0).idle).toBe(false);
    expect(valve.onRecord(0).idle).toBeUndefined();
  });
});
