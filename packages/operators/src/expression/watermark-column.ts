import type { RecordBatch } from '@millrace/batch';
import type { Schema } from '@millrace/model';
import type { Expression } from '@millrace/plan';

/** CURRENT_WATERMARK of expressions as one more column behind those of the input, the same in all rows of a batch. */
export interface WatermarkColumn {
  readonly expressions: readonly Expression[];
  readonly schema: Schema;
  /** NULL before the first watermark. */
  readonly run: (batch: RecordBatch, watermark: number | undefined) => RecordBatch;
}

/** Undefined when no expression asks for the watermark. */
export function extractWatermark(expressions: readonly Expression[], schema: Schema): WatermarkColumn | undefined {
  const asked = expressions.map(askedIn).find((expression) => expression !== undefined);
  if (asked === undefined) return undefined;
  const index = schema.fields.length;
  return {
    expressions: expressions.map((expression) => withColumn(expression, index)),
    schema: { ...schema, fields: [...schema.fields, { name: 'current watermark', type: asked.type }] },
    run(batch, watermark) {
      const values = new Float64Array(batch.rows).fill(watermark ?? 0);
      const nulls = watermark === undefined ? new Uint8Array(batch.rows).fill(1) : undefined;
      return { ...batch, columns: [...batch.columns, { kind: 'float64', values, nulls }] };
    },
  };
}

function askedIn(expression: Expression): Expression | undefined {
  if (isAsking(expression)) return expression;
  return partsOf(expression)
    .map(askedIn)
    .find((part) => part !== undefined);
}

function isAsking(expression: Expression): boolean {
  return expression.kind === 'call' && expression.name === 'current-watermark';
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return [];
    case 'call':
    case 'user-call':
      return expression.args;
    case 'cast':
      return [expression.arg];
    case 'case':
      return [...expression.branches.flatMap(({ when, value }) => [when, value]), expression.otherwise];
  }
}

function withColumn(expression: Expression, index: number): Expression {
  if (isAsking(expression)) return { kind: 'column', index, type: expression.type };
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return expression;
    case 'call':
    case 'user-call':
      return { ...expression, args: expression.args.map((arg) => withColumn(arg, index)) };
    case 'cast':
      return { ...expression, arg: withColumn(expression.arg, index) };
    case 'case': {
      const branches = expression.branches.map(({ when, value }) => ({
        when: withColumn(when, index),
        value: withColumn(value, index),
      }));
      return { ...expression, branches, otherwise: withColumn(expression.otherwise, index) };
    }
  }
}
