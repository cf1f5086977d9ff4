/**
 * Windows over time. Sizes in ms; `offsetMs` shifts the grid: starts are `floor((t - offset) / step) * step + offset`.
 * With `timeZone` (an IANA name or `+hh:mm`) the grid lies in the local time of that zone, for times that are TIMESTAMP_LTZ; absent: in UTC. A session
 * has no grid: it grows while rows of its key are at most `gapMs` apart (Flink's windows that touch are one), and ends `gapMs` after its last row.
 */
export type WindowSpec =
  | { readonly kind: 'tumble'; readonly sizeMs: number; readonly offsetMs: number; readonly timeZone?: string }
  | {
      readonly kind: 'hop';
      readonly sizeMs: number;
      readonly slideMs: number;
      readonly offsetMs: number;
      readonly timeZone?: string;
    }
  | {
      readonly kind: 'cumulate';
      readonly maxSizeMs: number;
      readonly stepMs: number;
      readonly offsetMs: number;
      readonly timeZone?: string;
    }
  | { readonly kind: 'session'; readonly gapMs: number };

/** The time a step goes by: an event-time column of its input, or the clock when a row is processed. */
export type TimeRef = number | 'processing';
