import { type RecordBatch, selectedCount, splitByKeyGroup, withSelection } from '@millrace/batch';
import type { Barrier, OutputChannel } from '@millrace/contracts';
import type { Partitioning } from '@millrace/plan';
import { concatBatches } from './concat-batches.ts';
import type { Receiver } from './receiver.ts';

/** A target's buffered rows are sent when there are this many; fewer wait until the input is idle. */
export const SEND_ROWS = 1_024;

interface Target {
  readonly channel: OutputChannel;
  pending: RecordBatch[];
  rows: number;
}

/**
 * One outgoing edge of one task. Small batches are gathered per target until there are enough rows, or until
 * `flush`: at each barrier, when the input ran dry, and at least every `FLUSH_MS` by the task loop. A watermark
 * waits with them and goes out behind them; holding a watermark back is always safe, and only the newest counts.
 */
export class OutputGate implements Receiver {
  readonly #targets: readonly Target[];
  readonly #partitioning: Partitioning;
  readonly #maxParallelism: number;
  #watermark: number | undefined;
  #turn = 0;
  recordsOut = 0;

  /** `channels` by target subtask; a forward edge has exactly one. */
  constructor(channels: readonly OutputChannel[], partitioning: Partitioning, maxParallelism: number) {
    this.#targets = channels.map((channel) => ({ channel, pending: [], rows: 0 }));
    this.#partitioning = partitioning;
    this.#maxParallelism = maxParallelism;
  }

  process(batch: RecordBatch): void {
    const count = selectedCount(batch);
    if (count === 0) return;
    this.recordsOut += count;
    switch (this.#partitioning.kind) {
      case 'forward':
        this.#add(0, batch, count);
        break;
      case 'rebalance':
        this.#add(this.#turn, batch, count);
        this.#turn = (this.#turn + 1) % this.#targets.length;
        break;
      case 'hash':
        this.#partition(batch, this.#partitioning.keyColumns);
        break;
    }
  }

  onWatermark(timestamp: number): void {
    this.#watermark = timestamp;
  }

  onIdle(idle: boolean): void {
    this.flush();
    for (const { channel } of this.#targets) channel.send({ kind: 'watermark-status', idle });
  }

  flush(): void {
    for (const target of this.#targets) this.#send(target);
    if (this.#watermark === undefined) return;
    for (const { channel } of this.#targets) channel.send({ kind: 'watermark', timestamp: this.#watermark });
    this.#watermark = undefined;
  }

  barrier(barrier: Barrier): void {
    this.flush();
    for (const { channel } of this.#targets) channel.send(barrier);
  }

  end(): void {
    this.flush();
    for (const { channel } of this.#targets) channel.send({ kind: 'end' });
  }

  /** Channels that want no more data now. */
  full(): readonly OutputChannel[] {
    const full = [];
    for (const { channel } of this.#targets) if (!channel.ready) full.push(channel);
    return full;
  }

  get ready(): boolean {
    for (const { channel } of this.#targets) if (!channel.ready) return false;
    return true;
  }

  get bytesOut(): number {
    return this.#targets.reduce((sum, { channel }) => sum + channel.bytesSent, 0);
  }

  close(): void {
    for (const { channel } of this.#targets) channel.close();
  }

  #partition(batch: RecordBatch, keyColumns: readonly number[]): void {
    if (this.#targets.length === 1) {
      this.#add(0, batch, selectedCount(batch));
      return;
    }
    const selections = splitByKeyGroup(batch, keyColumns, this.#maxParallelism, this.#targets.length);
    for (const [subtask, selection] of selections.entries()) {
      if (selection.length > 0) this.#add(subtask, withSelection(batch, selection), selection.length);
    }
  }

  #add(index: number, batch: RecordBatch, rows: number): void {
    const target = this.#targets[index];
    if (target === undefined) throw new Error(`no channel to subtask ${index}`);
    // A large batch is not copied: what waited goes first, then it goes as it is.
    if (rows >= SEND_ROWS) this.#send(target);
    target.pending.push(batch);
    target.rows += rows;
    if (target.rows >= SEND_ROWS) this.#send(target);
  }

  #send(target: Target): void {
    if (target.rows === 0) return;
    target.channel.send({ kind: 'batch', batch: concatBatches(target.pending) });
    target.pending = [];
    target.rows = 0;
  }
}
