import type { GridWindow } from '@millrace/plan';
import fc from 'fast-check';

/** Every [start, end) that holds t, by the definition in the plan, not by slices. */
export function windowsOf(spec: GridWindow, t: number): [number, number][] {
  const { offsetMs } = spec;
  const grid = (step: number) => Math.floor((t - offsetMs) / step) * step + offsetMs;
  if (spec.kind === 'tumble') return [[grid(spec.sizeMs), grid(spec.sizeMs) + spec.sizeMs]];
  const windows: [number, number][] = [];
  if (spec.kind === 'hop') {
    for (let start = grid(spec.slideMs); start + spec.sizeMs > t; start -= spec.slideMs)
      windows.push([start, start + spec.sizeMs]);
  } else {
    const start = grid(spec.maxSizeMs);
    for (let end = start + spec.stepMs; end <= start + spec.maxSizeMs; end += spec.stepMs)
      if (t < end) windows.push([start, end]);
  }
  return windows;
}

/** Windows on every kind of grid, some with gaps between them. */
export const specs: fc.Arbitrary<GridWindow> = fc.oneof(
  fc.record({
    kind: fc.constant('tumble' as const),
    sizeMs: fc.integer({ min: 1, max: 50 }),
    offsetMs: fc.integer({ min: -20, max: 20 }),
  }),
  fc.record({
    kind: fc.constant('hop' as const),
    sizeMs: fc.integer({ min: 1, max: 60 }),
    slideMs: fc.integer({ min: 1, max: 60 }),
    offsetMs: fc.integer({ min: -20, max: 20 }),
  }),
  fc
    .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: -20, max: 20 }))
    .map(
      ([stepMs, steps, offsetMs]): GridWindow => ({ kind: 'cumulate', maxSizeMs: stepMs * steps, stepMs, offsetMs }),
    ),
);
