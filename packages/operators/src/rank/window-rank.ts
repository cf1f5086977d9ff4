import { CHANGE, type RecordBatch, withSelection } from '@millrace/batch';
import type { KeyedRows, Operator } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { RankNode } from '@millrace/plan';
import { eventTimesByRow } from '../row/event-times.ts';
import { byNamespace } from '../row/namespaces.ts';
import { PairedOutput } from '../row/paired-output.ts';
import { ROW_NUMBERS } from '../row/row-source.ts';
import { stateful } from '../row/stateful.ts';
import { PROGRESS, Progress } from '../window/progress.ts';
import { rankState } from './rank.ts';
import { Ranking } from './ranking.ts';

/** Top-N of windows: each window's partitions keep their best rows, by the window's end, until the watermark passes it; then they leave as INSERTs. */
export function createWindowRank(node: RankNode, windowEnd: number, input: Schema): Operator {
  const ranking = new Ranking(node, input);
  const output = new PairedOutput(node.schema, input.fields.length);
  const state = rankState(node, input);
  return stateful([state, PROGRESS], (context) => {
    const windows = context.state.rows(state.name);
    const progress = new Progress(context);
    return {
      process(batch) {
        const { watermark } = progress;
        const { groups, late } = byNamespace(batch, eventTimesByRow(batch, windowEnd), (end) =>
          end - 1 > watermark ? end : Number.NaN,
        );
        for (const [end, numbers] of groups) rankAll(windows.at(end), withSelection(batch, numbers), numbers);
        if (late > 0) context.metrics.count('late_records_dropped_total', late);
      },
      onWatermark(timestamp, out) {
        if (timestamp <= progress.watermark) return;
        for (const end of windows.namespaces()) {
          if (end - 1 > timestamp) break;
          const rows = windows.at(end);
          output.begin(rows, ROW_NUMBERS);
          for (let slot = 0; slot < rows.slots; slot++) {
            const places = ranking.places(rows, slot);
            for (let at = 0; at < places.length; at++) output.add(CHANGE.insert, places[at] ?? 0, node.from + at, out);
          }
          output.flush(out);
          windows.drop(end);
        }
        progress.advance(timestamp);
      },
    };
  });

  function rankAll(rows: KeyedRows, batch: RecordBatch, numbers: Int32Array): void {
    const slots = new Int32Array(numbers.length);
    rows.slotsOf(batch, node.partition, slots);
    rows.bind(batch, ranking.sortColumns);
    const id = new Int32Array(1);
    for (let at = 0; at < numbers.length; at++) {
      const slot = slots[at] ?? 0;
      const place = ranking.placeOf(rows, slot, batch, numbers[at] ?? 0);
      if (place < 0) continue;
      rows.add(batch, numbers.subarray(at, at + 1), id);
      rows.linkAt(slot, place, id[0] ?? 0);
      const count = rows.counts[slot] ?? 0;
      if (ranking.isTooLong(count)) rows.free(rows.unlinkAt(slot, count - 1));
    }
  }
}
