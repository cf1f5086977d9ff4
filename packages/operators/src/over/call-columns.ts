import type { Column, RecordBatch } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { DataType, Schema } from '@millrace/model';
import type { AggregateCall, Expression } from '@millrace/plan';
import { compileProjection, type Projection } from '../expression/compile.ts';
import type { Counted } from './frame-steps.ts';

/** Which columns a call looks at, among those of the schema with what is computed for calls behind it. */
export interface CallColumns {
  readonly call: AggregateCall;
  readonly argument: number | undefined;
  readonly filter: number | undefined;
}

/** The arguments and filters of calls as columns: those of the input as they are, others computed as a row comes, equal ones once. */
export class CallArguments {
  /** The input's columns, then what is computed. */
  readonly schema: Schema;
  readonly calls: readonly CallColumns[];
  readonly #compute: Projection;

  constructor(calls: readonly AggregateCall[], input: Schema, label: string, functions?: UserFunctions) {
    const computed: Expression[] = [];
    const place = (expression: Expression | undefined): number | undefined => {
      if (expression === undefined) return undefined;
      if (expression.kind === 'column') return expression.index;
      const text = JSON.stringify(expression);
      const known = computed.findIndex((one) => JSON.stringify(one) === text);
      return input.fields.length + (known >= 0 ? known : computed.push(expression) - 1);
    };
    this.calls = calls.map((call) => ({ call, argument: place(call.arg), filter: place(call.filter) }));
    this.#compute = compileProjection(computed, input, label, functions);
    const added = computed.map(({ type }, at) => ({ name: `argument${at}`, type }));
    this.schema = { ...input, fields: [...input.fields, ...added] };
  }

  /** The batch with the computed columns, at the same row numbers. */
  compute(batch: RecordBatch, now: number): RecordBatch {
    return { ...batch, schema: this.schema, columns: [...batch.columns, ...this.#compute(batch, now)] };
  }

  typeOf(column: number): DataType {
    const type = this.schema.fields[column]?.type;
    if (type === undefined) throw new Error(`a call looks at column ${column}, which does not exist`);
    return type;
  }
}

/** The rows that count: FILTER is true, and the argument is not NULL unless the call takes NULLs. */
export function countedRows(rows: number, argument: Column | undefined, filter: Column | undefined): Counted {
  const nulls = argument?.nulls;
  if (nulls === undefined && filter === undefined) return undefined;
  const passes = filter?.kind === 'boolean' ? filter : undefined;
  const counted = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const isLeftOut = passes !== undefined && (passes.values[row] !== 1 || passes.nulls?.[row] === 1);
    counted[row] = nulls?.[row] === 1 || isLeftOut ? 0 : 1;
  }
  return counted;
}
