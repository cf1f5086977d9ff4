/**
 * Millions of records per second through the JSON and CSV formats, one core. Bounded: a few seconds.
 * Run with `npx tsx packages/connectors/src/formats/bench.ts`.
 */
import type { Field, Schema } from '@millrace/model';
import { compilePredicate, compileRowPredicate } from '@millrace/operators';
import type { Expression } from '@millrace/plan';
import { ChangeDecoder } from './change-json/change-decoder.ts';
import { CsvDecoder } from './csv-decoder.ts';
import { csvDialectOf } from './csv-dialect.ts';
import type { Decoder } from './format.ts';
import { JsonDecoder } from './json-decoder.ts';
import { JsonEncoder } from './json-encoder.ts';
import { timestampText } from './time-text.ts';

const RECORDS = 20_000;
const ROUNDS = 40;

const bigint = { kind: 'bigint', nullable: true } as const;
const text = { kind: 'string', nullable: true } as const;
const decimal = { kind: 'decimal', precision: 10, scale: 2, nullable: true } as const;
const timestamp = { kind: 'timestamp', precision: 3, nullable: true } as const;
const micros = { kind: 'timestamp', precision: 6, nullable: true } as const;
const nanos = { kind: 'timestamp', precision: 9, nullable: true } as const;

const CSV_COLUMNS = ['order_id', 'shop_id', 'user_id', 'rider_id', 'amount', 'city', 'status', 'ts'];
const CSV = csvDialectOf(() => undefined, 'csv.');
const { bytes, ends } = orders();
const csv = csvOf(bytes, ends);
const decodes: readonly [label: string, fields: readonly Field[]][] = [
  ['id, amount, city, status', fieldsOf({ order_id: bigint, amount: decimal, city: text, status: text })],
  [
    '4 numbers + 3 strings',
    fieldsOf({
      order_id: bigint,
      shop_id: bigint,
      user_id: bigint,
      amount: decimal,
      city: text,
      status: text,
      ts: text,
    }),
  ],
  ['amount, city', fieldsOf({ amount: decimal, city: text })],
  ['id, amount, city, ts as TIMESTAMP', fieldsOf({ order_id: bigint, amount: decimal, city: text, ts: timestamp })],
  ['id, amount, city, ts as TIMESTAMP(6)', fieldsOf({ order_id: bigint, amount: decimal, city: text, ts: micros })],
  ['id, amount, city, ts as TIMESTAMP(9)', fieldsOf({ order_id: bigint, amount: decimal, city: text, ts: nanos })],
];
console.log(`record of ${Math.round(bytes.length / RECORDS)} bytes`);
for (const [label, fields] of decodes) {
  const json = decodeRate(new JsonDecoder(fields, { failOnMissingField: false }), bytes, ends);
  const fromCsv = decodeRate(new CsvDecoder(fields, CSV_COLUMNS, CSV), csv.bytes, csv.ends);
  console.log(`decode ${label}: JSON ${json.toFixed(1)} M/s, CSV ${fromCsv.toFixed(1)} M/s`);
}
for (const [label, limit] of [
  ['1 in 9', '90'],
  ['9 in 10', '19'],
] as const) {
  const { after, left } = filterRates(limit);
  console.log(
    `decode 4 numbers + 3 strings, ${label} rows wanted: filtered after ${after.toFixed(1)} M/s, left out ${left.toFixed(1)} M/s, with the filter above ${filterRates(limit, true).left.toFixed(1)} M/s`,
  );
}
for (const ts of [timestamp, micros, nanos]) {
  const rate = encodeRate(fieldsOf({ city: text, amount: decimal, ts }));
  console.log(`encode city, amount, ts as TIMESTAMP(${ts.precision}): ${rate.toFixed(1)} M/s`);
}

for (const op of ['c', 'u'] as const) {
  const { each, recordBytes } = changeRate(op);
  console.log(
    `decode debezium-json of op ${op}, ${recordBytes} bytes, 4 numbers + 3 strings: ${each.toFixed(2)} M records/s`,
  );
}

/** Records of orders as Debezium writes them; an update is two rows. */
function changeRate(op: 'c' | 'u'): { readonly each: number; readonly recordBytes: number } {
  const [, [, fields] = ['', []]] = decodes;
  const source =
    '{"version":"2.7.0.Final","connector":"mysql","name":"shop","ts_ms":1795478400000,"snapshot":"false","db":"shop","table":"orders","server_id":1,"gtid":null,"file":"mysql-bin.000003","pos":484,"row":0}';
  const records = ends.map((end, at) => {
    const order = Buffer.from(bytes.subarray(at === 0 ? 0 : ends[at - 1], end)).toString();
    return Buffer.from(
      `{"before":${op === 'u' ? order : 'null'},"after":${order},"source":${source},"op":"${op}","ts_ms":1795478400005,"transaction":null}`,
    );
  });
  const all = Buffer.concat(records);
  const decoder = new ChangeDecoder({ kind: 'debezium-json', schemaInclude: false, ignoresErrors: false }, fields);
  const each = medianRate(() => {
    let start = 0;
    for (const { length } of records) {
      const failure = decoder.decodeRecord(all, start, start + length, () => decoder.rows.accept());
      if (failure !== undefined) throw new Error(failure.message);
      start += length;
      if (decoder.rows.rows >= 4096) decoder.rows.finish();
    }
    decoder.rows.finish();
  });
  return { each, recordBytes: Math.round(all.length / RECORDS) };
}

function decodeRate(decoder: Decoder, bytes: Uint8Array, ends: readonly number[]): number {
  return medianRate(() => {
    let start = 0;
    for (const end of ends) {
      const failure = decoder.decode(bytes, start, end);
      if (failure !== undefined) throw new Error(failure.message);
      decoder.accept();
      start = end;
      if (decoder.rows === 4096) decoder.finish();
    }
    decoder.finish();
  });
}

/** The rows of which `amount > limit`: by a filter over whole batches, and left out before they are rows. */
function filterRates(limit: string, andAbove = false): { readonly after: number; readonly left: number } {
  const [, [, fields] = ['', []]] = decodes;
  const amount = fields.findIndex(({ name }) => name === 'amount');
  const condition: Expression = {
    kind: 'call',
    name: '>',
    args: [
      { kind: 'column', index: amount, type: decimal },
      { kind: 'literal', value: `${limit}.00`, type: decimal },
    ],
    type: { kind: 'boolean', nullable: true },
  };
  const schema: Schema = { fields };
  const holds = compileRowPredicate(condition, schema);
  const passes = compilePredicate(condition, schema, 'bench');
  const run = (leavesOut: boolean, filters: boolean) => {
    const decoder = new JsonDecoder(fields, { failOnMissingField: false });
    const flush = (): void => {
      const { rows } = decoder;
      const columns = decoder.finish();
      if (filters) passes({ schema, rows, columns, selection: undefined }, 0);
    };
    return medianRate(() => {
      let start = 0;
      for (const [at, end] of ends.entries()) {
        decoder.decode(bytes, start, end);
        if (!leavesOut || holds?.(decoder.slots, decoder.rows)) decoder.accept();
        start = end;
        if (at % 4_096 === 4_095) flush();
      }
      flush();
    });
  };
  return { after: run(false, true), left: run(true, andAbove) };
}

function encodeRate(fields: readonly Field[]): number {
  const decoder = new JsonDecoder(fields, { failOnMissingField: false });
  let start = 0;
  for (const end of ends) {
    decoder.decode(bytes, start, end);
    decoder.accept();
    start = end;
  }
  const schema: Schema = { fields };
  const batch = { schema, rows: RECORDS, columns: decoder.finish(), selection: undefined };
  const encoder = new JsonEncoder(
    fields,
    fields.map((_, index) => index),
  );
  return medianRate(() => encoder.encode(batch));
}

function medianRate(round: () => void): number {
  const rates: number[] = [];
  for (let index = 0; index < ROUNDS; index++) {
    const before = process.cpuUsage();
    round();
    const used = process.cpuUsage(before);
    rates.push(RECORDS / (used.user + used.system));
  }
  return rates.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0;
}

function fieldsOf(types: Readonly<Record<string, Field['type']>>): Field[] {
  return Object.entries(types).map(([name, type]) => ({ name, type }));
}

/** The same orders as CSV records. */
function csvOf(json: Uint8Array, jsonEnds: readonly number[]): { bytes: Uint8Array; ends: number[] } {
  const text = new TextDecoder();
  const parts = jsonEnds.map((end, index) => {
    const order: unknown = JSON.parse(text.decode(json.subarray(index === 0 ? 0 : jsonEnds[index - 1], end)));
    return `${Object.values(order ?? {}).join(',')}\n`;
  });
  let length = 0;
  const csvEnds = parts.map((part) => {
    length += part.length;
    return length;
  });
  return { bytes: new TextEncoder().encode(parts.join('')), ends: csvEnds };
}

function orders(): { bytes: Uint8Array; ends: number[] } {
  const cities = ['Shanghai', 'Hangzhou', 'Beijing', 'Chengdu'];
  const parts: string[] = [];
  const ends: number[] = [];
  let length = 0;
  for (let index = 0; index < RECORDS; index++) {
    const order = `{"order_id":${7_100_000_000 + index * 17},"shop_id":${1000 + (index % 500)},"user_id":${800_000 + index},"rider_id":${index % 900},"amount":${((index % 9_000) / 100 + 10).toFixed(2)},"city":"${cities[index % 4]}","status":"created","ts":"${timestampText(1_795_478_400_000 + index)}"}`;
    length += order.length;
    parts.push(order);
    ends.push(length);
  }
  return { bytes: new TextEncoder().encode(parts.join('')), ends };
}
