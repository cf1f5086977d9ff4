import type { Column, RecordBatch } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { columnsRead } from '../expression/batch-shape.ts';
import { compilePredicate, type Predicate } from '../expression/compile.ts';
import { columnOfRows, type StoredRow } from '../row/stored-row.ts';

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

  get isAlwaysTrue(): boolean {
    return this.#predicate === undefined;
  }

  /** For the i-th left with the i-th right row 1 when the condition is true; undefined when all pass. */
  passes(lefts: readonly StoredRow[], rights: readonly StoredRow[], now: number): Uint8Array | undefined {
    const predicate = this.#predicate;
    if (predicate === undefined) return undefined;
    const passes = new Uint8Array(lefts.length);
    for (let from = 0; from < lefts.length; from += PAIRS_MAX) {
      const to = Math.min(lefts.length, from + PAIRS_MAX);
      const { selection } = predicate(this.#batch(lefts.slice(from, to), rights.slice(from, to)), now);
      if (selection === undefined) passes.fill(1, from, to);
      else for (const row of selection) passes[from + row] = 1;
    }
    return passes;
  }

  #batch(lefts: readonly StoredRow[], rights: readonly StoredRow[]): RecordBatch {
    const columns = this.#schema.fields.map(({ type }, at) => {
      if (!this.#columns.has(at)) return UNREAD;
      const isLeft = at < this.#leftWidth;
      return columnOfRows(isLeft ? lefts : rights, isLeft ? at : at - this.#leftWidth, type);
    });
    return { schema: this.#schema, rows: lefts.length, columns, selection: undefined };
  }
}
