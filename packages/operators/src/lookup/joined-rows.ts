import { forEachRow, gather, type RecordBatch } from '@millrace/batch';
import type { Collector } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { LookupJoinNode } from '@millrace/plan';
import { compilePredicate, type Predicate } from '../expression/compile.ts';
import type { Answer } from './answer.ts';
import { columnOfRows, type StoredRow } from './stored-row.ts';

/** Pairs per emitted batch; the rows of one key stay together. */
const EMITTED_ROWS_MAX = 4_096;

/** Row numbers of the input, and beside each the row of the table it met; undefined: none. */
export interface Pairs {
  readonly rows: number[];
  readonly partners: (StoredRow | undefined)[];
}

/** Makes the rows of the result out of a batch and its answers: its columns are gathered, the table's made from what was looked up. */
export class JoinedRows {
  readonly #node: LookupJoinNode;
  readonly #pairSchema: Schema;
  readonly #predicate: Predicate | undefined;

  constructor(node: LookupJoinNode, input: Schema) {
    this.#node = node;
    this.#pairSchema = { fields: [...input.fields, ...node.columns] };
    this.#predicate = node.condition && compilePredicate(node.condition, this.#pairSchema, node.label);
  }

  /** `numbers[i]` is the row of `batch` that `answers[i]` is for; undefined: its key is NULL and meets nothing. */
  emit(batch: RecordBatch, numbers: Int32Array, answers: readonly (Answer | undefined)[], now: number, out: Collector) {
    for (let from = 0; from < numbers.length; ) {
      const pairs: Pairs = { rows: [], partners: [] };
      let to = from;
      for (; to < numbers.length && pairs.rows.length < EMITTED_ROWS_MAX; to++) {
        const row = numbers[to] ?? 0;
        for (const partner of answers[to]?.rows ?? []) add(pairs, row, partner);
      }
      const met = this.#met(batch, pairs, now);
      const given = this.#node.type === 'left' ? withLonely(met, numbers.subarray(from, to)) : met;
      if (given.rows.length > 0) out.emit(this.#batchOf(batch, given, this.#node.schema));
      from = to;
    }
  }

  /** By place in `numbers`: the rows of the table that each row meets. */
  partnersOf(
    batch: RecordBatch,
    numbers: Int32Array,
    answers: readonly (Answer | undefined)[],
    now: number,
  ): readonly (readonly StoredRow[])[] {
    const pairs: Pairs = { rows: [], partners: [] };
    const places: number[] = [];
    for (const [at, number] of numbers.entries()) {
      for (const partner of answers[at]?.rows ?? []) {
        add(pairs, number, partner);
        places.push(at);
      }
    }
    const met = Array.from(numbers, (): StoredRow[] => []);
    const keep = (at: number) => met[places[at] ?? 0]?.push(pairs.partners[at] ?? []);
    if (this.#predicate === undefined || places.length === 0) for (const at of places.keys()) keep(at);
    else forEachRow(this.#predicate(this.#batchOf(batch, pairs, this.#pairSchema), now), keep);
    return met;
  }

  /** Pairs as rows: the input's columns, then the table's. */
  pairsOf(batch: RecordBatch, pairs: Pairs): RecordBatch {
    return this.#batchOf(batch, pairs, this.#pairSchema);
  }

  /** The pairs for which the condition is true. */
  #met(batch: RecordBatch, pairs: Pairs, now: number): Pairs {
    if (this.#predicate === undefined || pairs.rows.length === 0) return pairs;
    const met: Pairs = { rows: [], partners: [] };
    forEachRow(this.#predicate(this.#batchOf(batch, pairs, this.#pairSchema), now), (at) =>
      add(met, pairs.rows[at] ?? 0, pairs.partners[at]),
    );
    return met;
  }

  #batchOf(batch: RecordBatch, { rows, partners }: Pairs, schema: Schema): RecordBatch {
    const { columns } = gather(batch, Int32Array.from(rows));
    const looked = this.#node.columns.map(({ type }, at) => columnOfRows(partners, at, type));
    return { schema, rows: rows.length, columns: [...columns, ...looked], selection: undefined };
  }
}

/** Every row that met nobody once with NULLs, at its place. */
function withLonely({ rows, partners }: Pairs, numbers: Int32Array): Pairs {
  const all: Pairs = { rows: [], partners: [] };
  let at = 0;
  for (const row of numbers) {
    if (rows[at] !== row) add(all, row, undefined);
    for (; rows[at] === row; at++) add(all, row, partners[at]);
  }
  return all;
}

/** A row beside each of its partners; of an outer join one that has none beside NULLs. */
export function pairUp(pairs: Pairs, row: number, partners: readonly StoredRow[], type: LookupJoinNode['type']): void {
  for (const partner of partners) add(pairs, row, partner);
  if (partners.length === 0 && type === 'left') add(pairs, row, undefined);
}

function add({ rows, partners }: Pairs, row: number, partner: StoredRow | undefined): void {
  rows.push(row);
  partners.push(partner);
}
