import type { WindowSpec } from '@millrace/plan';

/**
 * Windows cut into slices that do not overlap, so that a row is accumulated once however many windows it is in
 * (Flink's SliceAssigner; "Cutty", Carbone et al. 2016). A slice is named by its end; a window by its end too. All times
 * are epoch ms; a window [start, end) is due when the watermark reaches end - 1.
 */
export interface Slices {
  readonly sizeMs: number;
  /** The end of the slice that holds `timestamp`. */
  endOf(timestamp: number): number;
  /** Where the window with this end starts. */
  windowStart(windowEnd: number): number;
  /** First and last end of the windows that contain the slice, in steps of `stepMs`. */
  firstWindowEnd(sliceEnd: number): number;
  lastWindowEnd(sliceEnd: number): number;
  readonly stepMs: number;
  /** A window is exactly one slice: no merging. */
  readonly single: boolean;
}

/** Windows a row tells by itself; sessions need the rows around it. */
export type SlicedWindow = Exclude<WindowSpec, { readonly kind: 'session' }>;

/** Attached windows are the milliseconds they end with. */
const ATTACHED = { kind: 'tumble', sizeMs: 1, offsetMs: 0 } as const;

export function slicesOf(given: SlicedWindow): Slices {
  const window = given.kind === 'attached' ? ATTACHED : given;
  const { offsetMs } = window;
  const grid = (timestamp: number, step: number) => Math.floor((timestamp - offsetMs) / step) * step + offsetMs;
  switch (window.kind) {
    case 'tumble': {
      const { sizeMs } = window;
      return {
        sizeMs,
        endOf: (timestamp) => grid(timestamp, sizeMs) + sizeMs,
        windowStart: (end) => end - sizeMs,
        firstWindowEnd: (end) => end,
        lastWindowEnd: (end) => end,
        stepMs: sizeMs,
        single: true,
      };
    }
    case 'hop': {
      const { sizeMs: windowMs, slideMs } = window;
      const sizeMs = greatestCommonDivisor(windowMs, slideMs);
      // Starts lie on the grid of the slide; a window holds the slice when start < sliceEnd <= start + size.
      const lastStart = (end: number) => grid(end - 1, slideMs);
      return {
        sizeMs,
        endOf: (timestamp) => grid(timestamp, sizeMs) + sizeMs,
        windowStart: (end) => end - windowMs,
        firstWindowEnd: (end) => grid(end - windowMs + slideMs - 1, slideMs) + windowMs,
        lastWindowEnd: (end) => lastStart(end) + windowMs,
        stepMs: slideMs,
        single: windowMs === slideMs,
      };
    }
    case 'cumulate': {
      const { maxSizeMs, stepMs } = window;
      return {
        sizeMs: stepMs,
        endOf: (timestamp) => grid(timestamp, stepMs) + stepMs,
        windowStart: (end) => grid(end - 1, maxSizeMs),
        firstWindowEnd: (end) => end,
        lastWindowEnd: (end) => grid(end - 1, maxSizeMs) + maxSizeMs,
        stepMs,
        single: maxSizeMs === stepMs,
      };
    }
  }
}

/** Ends of the windows that hold any of `sliceEnds` and became due after `before`, up to `watermark`; ascending. */
export function dueWindows(
  slices: Slices,
  sliceEnds: readonly number[],
  before: number,
  watermark: number,
): readonly number[] {
  const due = new Set<number>();
  for (const sliceEnd of sliceEnds) {
    const last = slices.lastWindowEnd(sliceEnd);
    for (let end = slices.firstWindowEnd(sliceEnd); end <= last && end - 1 <= watermark; end += slices.stepMs) {
      if (end - 1 > before) due.add(end);
    }
  }
  return [...due].sort((a, b) => a - b);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
