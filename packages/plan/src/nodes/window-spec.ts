/**
 * Windows over time. Sizes in ms; `offsetMs` shifts the grid: starts are `floor((t - offset) / step) * step + offset`.
 * With `timeZone` (an IANA name or `+hh:mm`) the grid lies in the local time of that zone, for times that are TIMESTAMP_LTZ; absent: in UTC. A session
 * has no grid: it grows while rows of its key are at most `gapMs` apart (Flink's windows that touch are one), and ends `gapMs` after its last row.
 * `attached`: a step below has put the rows into windows already. A row's time is the last millisecond of its window, window_time; where the window
 * starts is told by a key, and window_start of the result is no time of it. For aggregates only.
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
  | { readonly kind: 'session'; readonly gapMs: number }
  | { readonly kind: 'attached' };

/** Windows that lie on a grid, so that each row tells its own. */
export type GridWindow = Exclude<WindowSpec, { readonly kind: 'session' | 'attached' }>;

/** The time a step goes by: an event-time column of its input, or the clock when a row is processed. */
export type TimeRef = number | 'processing';
