import type { DataType } from '@millrace/model';
import type { Expression, ScalarFunction } from '@millrace/plan';
import { isRegexpFine } from '../bind/text-pattern.ts';
import { type FunctionDefinition, matchArguments, nullableCall, type Parameter, strictCall } from './definition.ts';

const STRING: DataType = { kind: 'string', nullable: true };

/** A function whose arguments have fixed types: what it becomes in the plan. `result` is STRING unless said. */
export interface Shape {
  readonly plan: ScalarFunction;
  /** Default: json for plan functions called so, else string. */
  readonly group?: FunctionDefinition['group'];
  readonly parameters: readonly Parameter[];
  readonly required?: number;
  readonly repeats?: boolean;
  readonly result?: DataType;
  /** The argument that is a regular expression: a constant one is checked while it is written. */
  readonly regexp?: number;
  /** NULL also for other reasons than a NULL argument. */
  readonly mayBeNull?: boolean;
  /** Puts the arguments into the order of the plan's function. */
  readonly order?: (args: readonly Expression[]) => readonly Expression[];
}

/** A function of a group, from its shape. */
export function define(name: string, signature: string, help: string, shape: Shape): FunctionDefinition {
  return {
    name,
    group: shape.group ?? (shape.plan.startsWith('json') ? 'json' : 'string'),
    signatures: [signature],
    help,
    bind(call) {
      const { required = shape.parameters.length, repeats = false } = shape;
      const args = matchArguments(call, shape.parameters, { required, repeats });
      if (args === undefined || !isRegexpFine(call, shape.regexp)) return undefined;
      const build = shape.mayBeNull ? nullableCall : strictCall;
      return build(shape.plan, shape.order?.(args) ?? args, shape.result ?? STRING);
    },
  };
}
