import { type RecordBatch, selectedCount } from '@millrace/batch';
import type { Connector, Sink, SinkWriter, WriterContext } from '@millrace/contracts';
import { OptionValues } from '../option/option-values.ts';
import { BLACKHOLE } from './options.ts';

/** Rows vanish; their number does not. Claims exactly-once, for there is nothing a repeat could double. */
export const blackhole: Connector = {
  name: BLACKHOLE.name,
  title: BLACKHOLE.title,
  createSink: (options) => {
    new OptionValues(BLACKHOLE, options, 'sink');
    return new BlackholeSink();
  },
};

class BlackholeSink implements Sink {
  readonly guarantee = 'exactly-once';
  async prepare(): Promise<void> {}
  async createWriter(_context: WriterContext): Promise<SinkWriter> {
    return new BlackholeWriter();
  }
  async createCommitter() {
    return {
      commit: async () => ({ kind: 'committed' }) as const,
      abortLingering: async () => {},
      close: async () => {},
    };
  }
}

class BlackholeWriter implements SinkWriter {
  rows = 0;
  write(batch: RecordBatch): undefined {
    this.rows += selectedCount(batch);
  }
  async flush(): Promise<void> {}
  async prepareCommit(): Promise<readonly unknown[]> {
    return [];
  }
  async close(): Promise<void> {}
}
