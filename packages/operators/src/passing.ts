import { hasLeftOut, type RecordBatch, selectedCount } from '@millrace/batch';
import type { Operator, UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { FilterNode, ProjectNode, UnionNode } from '@millrace/plan';
import { compilePredicate, compileProjection } from './expression/compile.ts';

/**
 * Filter, project and union: batch in, batch out, nothing remembered, watermarks and idleness passed on. Row numbers and
 * `runs` are kept, so a watermark assigner may follow. A batch without a row left is not passed on, unless it tells of rows its source left out.
 */
function passing(transform: (batch: RecordBatch, now: number) => RecordBatch): Operator {
  let now = (): number => 0;
  return {
    state: [],
    open({ clock }) {
      now = () => clock.now();
    },
    process(batch, _input, out) {
      const result = transform(batch, now());
      if (selectedCount(result) > 0 || hasLeftOut(result)) out.emit(result);
    },
    onWatermark: (timestamp, out) => out.emitWatermark(timestamp),
    onIdle: (idle, out) => out.emitIdle(idle),
    onProcessingTime: () => {},
    flush: () => {},
    close: () => {},
  };
}

export function createFilter(node: FilterNode, input: Schema, functions?: UserFunctions): Operator {
  const predicate = compilePredicate(node.predicate, input, node.label, functions);
  return passing((batch, now) => ({ ...predicate(batch, now), schema: node.schema }));
}

export function createProject(node: ProjectNode, input: Schema, functions?: UserFunctions): Operator {
  const project = compileProjection(node.expressions, input, node.label, functions);
  return passing((batch, now) => ({ ...batch, schema: node.schema, columns: project(batch, now) }));
}

/** Rows of all inputs under the names of the first. */
export function createUnion(node: UnionNode): Operator {
  return passing((batch) => ({ ...batch, schema: node.schema }));
}
