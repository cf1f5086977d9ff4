import type { Value } from '@millrace/batch';
import type { SeededRandom } from '@millrace/testing/seeded-random';

/** One change of a row of a table, as its database saw it: `before` undefined of an insert, `after` of a deletion. `at` is epoch ms. */
export interface RowChange {
  readonly key: number;
  readonly at: number;
  readonly before: CapturedRow | undefined;
  readonly after: CapturedRow | undefined;
}

/** The columns `k INT, v BIGINT, s STRING` of the table; `k` is its key. */
export interface CapturedRow {
  readonly k: number;
  readonly v: bigint | null;
  readonly s: string | null;
}

export const CAPTURE_FORMATS = ['debezium-json', 'canal-json', 'maxwell-json', 'ogg-json'] as const;
export type CaptureFormat = (typeof CAPTURE_FORMATS)[number];

const START = Date.UTC(2026, 0, 1);

/** What happens to a small table: rows come, change in one column or more, now and then in none, and go. Times ascend. */
export function randomHistory(random: SeededRandom, count: number, keys = 6): readonly RowChange[] {
  const rows = new Map<number, CapturedRow>();
  return Array.from({ length: count }, (_, step) => {
    const key = random.integer(keys);
    const before = rows.get(key);
    const at = START + step * 1_000 + random.integer(900);
    if (before !== undefined && random.next() < 0.25) {
      rows.delete(key);
      return { key, at, before, after: undefined };
    }
    const v = random.pick([null, 1n, 2n, 2n, 2n ** 53n + 1n]);
    const s = random.pick(['a', 'b', 'é"\n', null]);
    const after = before !== undefined && random.next() < 0.5 ? { ...before, v } : { k: key, v, s };
    rows.set(key, after);
    return { key, at, before, after };
  });
}

/** The rows of the table at the end, in the order of its columns. */
export function rowsAtEnd(history: readonly RowChange[]): readonly (readonly Value[])[] {
  const rows = new Map<number, readonly Value[]>();
  for (const { key, after } of history) {
    if (after === undefined) rows.delete(key);
    else rows.set(key, [after.k, after.v, after.s]);
  }
  return [...rows.values()];
}

/** A change as the record that a tool writes of it. */
export function capturedRecord(format: CaptureFormat, { at, before, after }: RowChange): string {
  const was = before && text(before);
  const is = after && text(after);
  const kind = is === undefined ? 2 : was === undefined ? 0 : 1;
  switch (format) {
    case 'debezium-json': {
      const source = `{"version":"2.7.0.Final","connector":"mysql","name":"shop","ts_ms":${at},"snapshot":"false","db":"inventory","table":"t","server_id":1,"pos":${at % 1_000}}`;
      return `{"before":${was ?? 'null'},"after":${is ?? 'null'},"source":${source},"op":"${['c', 'u', 'd'][kind]}","ts_ms":${at + 5},"transaction":null}`;
    }
    case 'ogg-json': {
      const time = new Date(at).toISOString().replace('T', ' ').replace('Z', '000');
      return `{"table":"SHOP.T","op_type":"${'IUD'[kind]}","op_ts":"${time}","current_ts":"${time.replace(' ', 'T')}","pos":"0001",${was === undefined ? '' : `"before":${was},`}"after":${is ?? 'null'}}`;
    }
    case 'canal-json': {
      const old = before && after ? `[${differences(before, after, quoted)}]` : 'null';
      const data = text(after ?? before, quoted);
      return `{"data":[${data}],"database":"inventory","es":${at},"id":3,"isDdl":false,"old":${old},"pkNames":["k"],"sql":"","table":"t","ts":${at + 5},"type":"${['INSERT', 'UPDATE', 'DELETE'][kind]}"}`;
    }
    case 'maxwell-json': {
      const old = before && after ? `,"old":${differences(before, after)}` : '';
      return `{"database":"inventory","table":"t","type":"${['insert', 'update', 'delete'][kind]}","ts":${Math.floor(at / 1_000)},"xid":9,"commit":true,"data":${text(after ?? before)}${old}}`;
    }
  }
}

type Written = (value: Value) => string;

const plain: Written = (value) => (typeof value === 'string' ? JSON.stringify(value) : String(value));
/** Canal writes every value as text. */
const quoted: Written = (value) => (value === null ? 'null' : JSON.stringify(String(value)));

function text(row: CapturedRow | undefined, write: Written = plain): string {
  return row === undefined ? 'null' : `{"k":${write(row.k)},"v":${write(row.v)},"s":${write(row.s)}}`;
}

/** The members of the row before that the one after has otherwise. */
function differences(before: CapturedRow, after: CapturedRow, write: Written = plain): string {
  const different = (['k', 'v', 's'] as const).filter((name) => before[name] !== after[name]);
  return `{${different.map((name) => `"${name}":${write(before[name])}`).join(',')}}`;
}
