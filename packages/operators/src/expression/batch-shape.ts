import type { RecordBatch } from '@millrace/batch';
import type { Expression } from '@millrace/plan';

/** What generated code is specialised for, per column it reads. */
export interface ColumnShape {
  readonly nulls: boolean;
  readonly wide: boolean;
  /** Strings whose UTF-8 form exists already. */
  readonly utf8: boolean;
  /** Slots that are still being filled, see `row-predicate.ts`: NULLs and wide integers may come with any row, strings are slices only. */
  readonly open?: true;
}

export function shapesOf(batch: RecordBatch, columns: readonly number[]): ReadonlyMap<number, ColumnShape> {
  return new Map(columns.map((index) => [index, shapeOf(batch, index)]));
}

/** One short word per shape: the key of the variant. */
export function shapeKey(batch: RecordBatch, columns: readonly number[]): string {
  let key = batch.selection === undefined ? 'd' : 's';
  for (const index of columns) {
    const { nulls, wide, utf8 } = shapeOf(batch, index);
    key += String.fromCharCode(48 + (nulls ? 1 : 0) + (wide ? 2 : 0) + (utf8 ? 4 : 0));
  }
  return key;
}

function shapeOf(batch: RecordBatch, index: number): ColumnShape {
  const column = batch.columns[index];
  return {
    nulls: column?.nulls !== undefined,
    wide: column?.kind === 'int64' && column.wide !== undefined,
    utf8: column?.kind === 'bytes' || (column?.kind === 'string' && column.hasUtf8),
  };
}

/** Indexes of the columns that the expressions read, ascending. */
export function columnsRead(expressions: readonly Expression[]): readonly number[] {
  const found = new Set<number>();
  const visit = (expression: Expression): void => {
    switch (expression.kind) {
      case 'column':
        found.add(expression.index);
        return;
      case 'literal':
        return;
      case 'cast':
        visit(expression.arg);
        return;
      case 'call':
      case 'user-call':
        expression.args.forEach(visit);
        return;
      case 'case':
        for (const { when, value } of expression.branches) {
          visit(when);
          visit(value);
        }
        visit(expression.otherwise);
    }
  };
  expressions.forEach(visit);
  return [...found].sort((a, b) => a - b);
}
