import { columnKindOf } from '@millrace/batch';
import type { Schema } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { type ColumnShape, columnsRead } from './batch-shape.ts';
import { Emitter } from './emitter.ts';
import { conjuncts, functionOf } from './generate.ts';
import { BAIL } from './scope.ts';
import { hasUserCalls } from './user-calls.ts';

/**
 * Columns that are still being filled, one array per field as its kind wants it (`columnKindOf`): a decoder's. `wides[i]`, where it is there, holds the
 * exact integers of field i, whose nearest doubles are in `values[i]`; texts are the UTF-8 `bytes[starts[i][row], ends[i][row])`.
 */
export interface RowSlots {
  readonly values: readonly ArrayLike<number>[];
  readonly nulls: readonly (Uint8Array | undefined)[];
  readonly wides: readonly (readonly bigint[] | undefined)[];
  readonly starts: readonly Int32Array[];
  readonly ends: readonly Int32Array[];
  readonly bytes: Uint8Array;
}

/** Whether the condition is true (not NULL) of the row in these slots, or cannot be computed for it. */
export type RowPredicate = (slots: RowSlots, row: number) => boolean;

/**
 * The same condition as a filter's, of one row while it is decoded: what it refuses need not become a row. A row on which it fails is kept, so that the
 * filter above fails on it in its own words. Undefined for what cannot be told here: columns of ARRAY, MAP and ROW, calls of user functions.
 */
export function compileRowPredicate(condition: Expression, schema: Schema): RowPredicate | undefined {
  const passes = compileRow(condition, schema, (emitter) => {
    for (const part of conjuncts(condition)) {
      const { value, isNull } = emitter.emit(part);
      emitter.writer.line(isNull === 'false' ? `if (!${value}) return 0;` : `if (${isNull} || !${value}) return 0;`);
    }
    emitter.writer.line('return 1;');
  });
  return passes && ((slots, row) => passes(slots, row) !== 0);
}

/** The value of a TIMESTAMP or TIMESTAMP_LTZ, epoch ms; -Infinity for NULL, NaN where it cannot be computed. Undefined as above. */
export type RowTime = (slots: RowSlots, row: number) => number;

export function compileRowTime(time: Expression, schema: Schema): RowTime | undefined {
  return compileRow(time, schema, (emitter) => {
    const { value, isNull } = emitter.emit(time);
    emitter.writer.line(`return ${isNull} ? -Infinity : ${value};`);
  });
}

type RowFunction = (slots: RowSlots, row: number) => number;

/** `write` emits statements that return a number. What throws gives NaN. A narrow result that happens to be BAIL is computed again, to the same. */
function compileRow(of: Expression, schema: Schema, write: (emitter: Emitter) => void): RowFunction | undefined {
  const columns = columnsRead([of]);
  const isWhole = columns.some((index) => columnKindOf(schema.fields[index]?.type ?? of.type) === 'object');
  if (isWhole || hasUserCalls(of)) return undefined;
  const wide = lazily(() => rowFunction(schema, columns, true, write));
  return rowFunction(schema, columns, false, write, wide) ?? wide;
}

/** Most rows never need it. */
function lazily(make: () => RowFunction | undefined): RowFunction {
  let made: RowFunction | undefined;
  return (slots, row) => {
    made ??= make();
    return made?.(slots, row) ?? Number.NaN;
  };
}

/**
 * Undefined where narrow arithmetic is never exact; where it is not for one row, `wide` computes that. The wrapper is generated along with what it
 * wraps, so that the two are one function for the compiler below: it is called for every record.
 */
function rowFunction(
  schema: Schema,
  columns: readonly number[],
  isWide: boolean,
  write: (emitter: Emitter) => void,
  wide?: RowFunction,
): RowFunction | undefined {
  const shape: ColumnShape = { nulls: true, wide: false, utf8: true, open: true };
  const emitter = new Emitter(schema, new Map(columns.map((index) => [index, shape])), isWide, 'filter of the source');
  write(emitter);
  if (emitter.needsWide) return undefined;
  const { writer } = emitter;
  const lines = [
    ...writer.constants.map((_, at) => `const k${at} = K[${at}];`),
    `const wide = K[${writer.constants.length}];`,
    'const compute = (S, i) => {',
    ...columns.map((index) => loadSlots(index, schema)),
    writer.text,
    '};',
    // What fails here fails again further on, where somebody says what is wrong with the row.
    'return (S, i) => { let found = NaN; try { found = compute(S, i); } catch { return NaN; }',
    `return found === ${BAIL} && wide !== undefined ? wide(S, i) : found; };`,
  ];
  return functionOf<RowFunction>(lines.join('\n'), [...writer.constants, wide]);
}

function loadSlots(index: number, { fields }: Schema): string {
  const kind = columnKindOf(fields[index]?.type ?? { kind: 'boolean', nullable: true });
  const nulls = `const u${index} = S.nulls[${index}];`;
  if (kind === 'string' || kind === 'bytes')
    return `${nulls} const b${index} = S.bytes, s${index} = S.starts[${index}], e${index} = S.ends[${index}];`;
  return `${nulls} const c${index} = S.values[${index}], w${index} = S.wides[${index}];`;
}
