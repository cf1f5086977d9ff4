import type { Column, RecordBatch } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { columnsRead } from '../expression/batch-shape.ts';
import { compilePredicate, type Predicate } from '../expression/compile.ts';
import type { RowSource } from '../row/row-source.ts';

/** Pairs looked at in one go: batches of columns, never row by row. */
const PAIRS_MAX = 4096;

/** Only columns that the condition reads are made; the others are never looked at. */
const UNREAD: Column = { kind: 'float64', values: new Float64Array(0), nulls: undefined };

/** The condition of a join beyond its equal keys, over the left columns followed by the right ones. */
export class PairCondition {
  readonly #predicate: Predicate | undefined;
  readonly #schema: Schema;
  readonly #leftWidth: number;
  readonly #columns: ReadonlySet<number>;

  /** Without a condition every pair passes. */
  constructor(
    condition: Expression | undefined,
    left: Schema,
    right: Schema,
    owner: string,
    functions?: UserFunctions,
  ) {
    this.#schema = { fields: [...left.fields, ...right.fields] };
    this.#leftWidth = left.fields.length;
    this.#columns = new Set(condition === undefined ? [] : columnsRead([condition]));
    this.#predicate = condition && compilePredicate(condition, this.#schema, owner, functions);
  }

  /** For the i-th of `lefts` with the i-th of `rights` 1 when the condition is true; undefined when all pass. */
  passes(
    left: RowSource,
    lefts: Int32Array,
    right: RowSource,
    rights: Int32Array,
    now: number,
  ): Uint8Array | undefined {
    const predicate = this.#predicate;
    if (predicate === undefined || lefts.length === 0) return undefined;
    const passes = new Uint8Array(lefts.length);
    for (let from = 0; from < lefts.length; from += PAIRS_MAX) {
      const to = Math.min(lefts.length, from + PAIRS_MAX);
      const batch = this.#batch(left, lefts.subarray(from, to), right, rights.subarray(from, to));
      const { selection } = predicate(batch, now);
      if (selection === undefined) passes.fill(1, from, to);
      else for (const row of selection) passes[from + row] = 1;
    }
    return passes;
  }

  #batch(left: RowSource, lefts: Int32Array, right: RowSource, rights: Int32Array): RecordBatch {
    const columns = this.#schema.fields.map((_, at) => {
      if (!this.#columns.has(at)) return UNREAD;
      return at < this.#leftWidth ? left.gather(at, lefts) : right.gather(at - this.#leftWidth, rights);
    });
    return { schema: this.#schema, rows: lefts.length, columns, selection: undefined };
  }
}
