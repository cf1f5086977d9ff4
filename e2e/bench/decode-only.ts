import { JsonDecoder } from '../../packages/connectors/src/formats/json-decoder.ts';
import type { Field } from '../../packages/model/src/index.ts';
import { orderJson } from './orders.ts';

const bigint = { kind: 'bigint', nullable: true } as const;
const text = { kind: 'string', nullable: true } as const;
const decimal = { kind: 'decimal', precision: 10, scale: 2, nullable: true } as const;
const timestamp = { kind: 'timestamp', precision: 3, nullable: true } as const;

/** The columns that each query reads, as the planner pushes them down. */
export const COLUMNS = {
  filter: [
    { name: 'order_id', type: bigint },
    { name: 'city', type: text },
    { name: 'amount', type: decimal },
    { name: 'status', type: text },
  ],
  tumble: [
    { name: 'city', type: text },
    { name: 'ts', type: timestamp },
  ],
  group: [
    { name: 'city', type: text },
    { name: 'amount', type: decimal },
  ],
} as const;

/** Records per CPU second of a bare loop that only decodes the same bytes into the same columns: the yardstick. */
export function decodeOnly(query: keyof typeof COLUMNS, records: number): number {
  const chunk = 20_000;
  const lines = Array.from({ length: chunk }, (_, number) => Buffer.from(orderJson(number)));
  return records / decodeSeconds([...COLUMNS[query]], lines, records);
}

const RUN = 4_096;

/** CPU seconds of decoding `lines` over and over until there were `total` records, a run at a time as the reader of Kafka does. */
export function decodeSeconds(fields: readonly Field[], lines: readonly Buffer[], total: number): number {
  const bytes = Buffer.concat(lines);
  const ends = Int32Array.from(lines, ({ length }) => length);
  for (let at = 1; at < ends.length; at++) ends[at] = (ends[at] ?? 0) + (ends[at - 1] ?? 0);
  const starts = Int32Array.from(ends, (end, at) => end - (lines[at]?.length ?? 0));
  const decoder = new JsonDecoder(fields, { failOnMissingField: false });
  const before = process.cpuUsage();
  let done = 0;
  for (; done < total; done += lines.length) {
    for (let from = 0; from < lines.length; from += RUN) {
      const to = Math.min(lines.length, from + RUN);
      decoder.prepare(bytes, starts[from] ?? 0, ends[to - 1] ?? 0);
      if (decoder.decodeRun(bytes, { starts, ends, from, to }, undefined) < to)
        throw new Error('a record does not decode');
      decoder.finish();
    }
  }
  const used = process.cpuUsage(before);
  return ((used.user + used.system) / 1e6) * (total / done);
}
