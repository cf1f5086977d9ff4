import type { Operator, UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { LogicalNode } from '@millrace/plan';

/** What makes an operator of a node; `inputs` are the schemas of what it reads, by input, `functions` what its expressions may call. */
export type CreateOperator = (
  node: LogicalNode,
  inputs: readonly Schema[],
  functions: UserFunctions | undefined,
) => Operator;
