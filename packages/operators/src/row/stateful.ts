import type { RecordBatch } from '@millrace/batch';
import type { Collector, Operator, OperatorContext, StateDescriptor } from '@millrace/contracts';

/** What a step does once its state is there. Nothing but declared state matters between calls. */
export interface Step {
  process(batch: RecordBatch, input: number, out: Collector): void;
  /** Emits what became due; the watermark is passed on afterwards. */
  onWatermark?(timestamp: number, out: Collector): void;
  onProcessingTime?(now: number, out: Collector): void;
}

/** The operator of a step that remembers: watermarks and idleness are passed on, nothing is held between calls but `state`. */
export function stateful(state: readonly StateDescriptor[], open: (context: OperatorContext) => Step): Operator {
  let opened: Step | undefined;
  const step = (): Step => {
    if (opened === undefined) throw new Error('the operator is not open');
    return opened;
  };
  return {
    state,
    open(context) {
      opened = open(context);
    },
    process: (batch, input, out) => step().process(batch, input, out),
    onWatermark(timestamp, out) {
      step().onWatermark?.(timestamp, out);
      out.emitWatermark(timestamp);
    },
    onIdle: (idle, out) => out.emitIdle(idle),
    onProcessingTime: (now, _caughtUp, out) => step().onProcessingTime?.(now, out),
    flush: () => {},
    close: () => {},
  };
}
