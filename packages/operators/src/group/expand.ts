import { selectedCount } from '@millrace/batch';
import type { Operator, UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { ExpandNode } from '@millrace/plan';
import { compileProjection } from '../expression/compile.ts';
import { stateful } from '../row/stateful.ts';

/**
 * GROUPING SETS: a batch leaves once per projection, at the same row numbers and with the same changes, so that nothing is copied and
 * an UPDATE_BEFORE keeps its UPDATE_AFTER beside it.
 */
export function createExpand(node: ExpandNode, input: Schema, functions?: UserFunctions): Operator {
  const projections = node.projections.map((expressions) =>
    compileProjection(expressions, input, node.label, functions),
  );
  return stateful([], ({ clock }) => ({
    process(batch, _input, out) {
      if (selectedCount(batch) === 0) return;
      const now = clock.now();
      for (const project of projections) out.emit({ ...batch, schema: node.schema, columns: project(batch, now) });
    },
  }));
}
