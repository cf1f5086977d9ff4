import { type Collector, MAX_WATERMARK, type OperatorContext } from '@millrace/contracts';
import type { TimeRef } from '@millrace/plan';
import type { Progress } from './progress.ts';

/** What moves the time of windows, and which watermark goes on behind them. `emitUpTo` gives out what is over at its time. */
export interface WindowTime {
  onWatermark(timestamp: number, out: Collector, emitUpTo: (until: number) => void): void;
  onIdle(idle: boolean, out: Collector): void;
  onProcessingTime(now: number, out: Collector, emitUpTo: (until: number) => void): void;
}

export function windowTimeOf(time: TimeRef, progress: Progress): WindowTime {
  return time === 'processing' ? clockTime(progress) : eventTime(progress);
}

function eventTime(progress: Progress): WindowTime {
  return {
    onWatermark(timestamp, out, emitUpTo) {
      if (timestamp > progress.watermark) {
        emitUpTo(timestamp);
        progress.advance(timestamp);
      }
      out.emitWatermark(timestamp);
    },
    onIdle: (idle, out) => out.emitIdle(idle),
    onProcessingTime() {},
  };
}

/**
 * Windows over processing time turn the clock into event time: behind them window_time is the event time of a row, and the clock is the
 * watermark. So whatever comes behind, on whichever machine, is complete when the clocks of all have passed, and nothing is late there
 * (`decisions/0030`). The watermarks of the input end here, but the last one, which emits what is open; a step that has a clock is never idle.
 */
function clockTime(progress: Progress): WindowTime {
  return {
    onWatermark(timestamp, out, emitUpTo) {
      if (timestamp !== MAX_WATERMARK) return;
      emitUpTo(timestamp);
      out.emitWatermark(timestamp);
    },
    onIdle() {},
    onProcessingTime(now, out, emitUpTo) {
      if (now - 1 <= progress.watermark) return;
      emitUpTo(now - 1);
      progress.advance(now - 1);
      out.emitWatermark(now - 1);
    },
  };
}

/**
 * The time of a row of a processing-time step. It never goes back: after a restore on a machine whose clock is behind, rows count as
 * just after the last time seen, so that none is late.
 */
export function clockOf({ clock }: OperatorContext, progress: Progress): number {
  return Math.max(clock.now(), progress.watermark + 1);
}
