import { JsonDecoder } from '../../packages/connectors/src/formats/json-decoder.ts';
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
  const bytes = Buffer.concat(lines);
  const decoder = new JsonDecoder([...COLUMNS[query]], { failOnMissingField: false });
  const before = process.cpuUsage();
  for (let done = 0; done < records; done += chunk) {
    let start = 0;
    for (const line of lines) {
      if (decoder.decode(bytes, start, start + line.length) === undefined) decoder.accept();
      start += line.length;
      if (decoder.rows === 4_096) decoder.finish();
    }
    decoder.finish();
  }
  const used = process.cpuUsage(before);
  return (Math.ceil(records / chunk) * chunk) / ((used.user + used.system) / 1e6);
}
