import { isRetraction, type RecordBatch } from '@millrace/batch';
import type { Field } from '@millrace/model';
import type { EncodedRows, Encoder } from '../format.ts';
import { JsonEncoder } from '../json-encoder.ts';
import type { ChangeFormatName } from './change-format.ts';

/** What stands around the JSON of a row. */
type Around = readonly [before: Uint8Array, after: Uint8Array];

/**
 * Rows with their changes as records, as Flink writes them: a row that is there (INSERT, UPDATE_AFTER) as created, one that is taken back (UPDATE_BEFORE,
 * DELETE) as deleted; an update is two records.
 */
export class ChangeEncoder implements Encoder {
  readonly #rows: JsonEncoder;
  readonly #given: Around;
  readonly #takenBack: Around;
  #bytes = new Uint8Array(0);
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);

  constructor(format: ChangeFormatName, fields: readonly Field[], columns: readonly number[]) {
    this.#rows = new JsonEncoder(fields, columns);
    const { given, takenBack } = AROUND[format];
    this.#given = given;
    this.#takenBack = takenBack;
  }

  encode(batch: RecordBatch): EncodedRows {
    const rows = this.#rows.encode(batch);
    const { count } = rows;
    this.#reserve(rows);
    let at = 0;
    for (let index = 0; index < count; index++) {
      const row = batch.selection?.[index] ?? index;
      const [before, after] = isRetraction(batch.changes?.[row] ?? 0) ? this.#takenBack : this.#given;
      this.#starts[index] = at;
      this.#bytes.set(before, at);
      at += before.length;
      const start = rows.starts[index] ?? 0;
      const end = rows.ends[index] ?? start;
      this.#bytes.set(rows.bytes.subarray(start, end), at);
      at += end - start;
      this.#bytes.set(after, at);
      at += after.length;
      this.#ends[index] = at;
    }
    return { bytes: this.#bytes, starts: this.#starts, ends: this.#ends, count };
  }

  #reserve({ count, starts, ends }: EncodedRows): void {
    const around = [this.#given, this.#takenBack].map(([before, after]) => before.length + after.length);
    const length = (ends[count - 1] ?? 0) - (starts[0] ?? 0) + count * Math.max(...around);
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(length * 2);
    if (this.#starts.length < count) {
      this.#starts = new Int32Array(count);
      this.#ends = new Int32Array(count);
    }
  }
}

const encoder = new TextEncoder();

function around(before: string, after: string): Around {
  return [encoder.encode(before), encoder.encode(after)];
}

const AROUND: Readonly<Record<ChangeFormatName, { readonly given: Around; readonly takenBack: Around }>> = {
  'debezium-json': {
    given: around('{"before":null,"after":', ',"op":"c"}'),
    takenBack: around('{"before":', ',"after":null,"op":"d"}'),
  },
  'canal-json': {
    given: around('{"data":[', '],"type":"INSERT"}'),
    takenBack: around('{"data":[', '],"type":"DELETE"}'),
  },
  'maxwell-json': {
    given: around('{"data":', ',"type":"insert"}'),
    takenBack: around('{"data":', ',"type":"delete"}'),
  },
  'ogg-json': {
    given: around('{"before":null,"after":', ',"op_type":"I"}'),
    takenBack: around('{"before":', ',"after":null,"op_type":"D"}'),
  },
};
