import assert from 'node:assert/strict';
import type { Operator } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { LogicalNode } from '@millrace/plan';
import { createFilter, createProject, createUnion } from './passing.ts';
import { WatermarkAssigner } from './watermark/assigner.ts';
import { WindowAggregate } from './window/aggregate.ts';

/**
 * The operator of a plan node: the one switch over node kinds. `inputSchemas` in the order of the node's inputs. Sources,
 * sinks and dead letters belong to the engine: asking for them breaks an assertion. Throws
 * `expression.<reason>` for what the plan asks and no operator can do; better here than at the first record.
 */
export function createOperator(node: LogicalNode, inputSchemas: readonly Schema[]): Operator {
  const [input] = inputSchemas;
  assert(input !== undefined, `${node.kind} ${node.id} has no input schema`);
  switch (node.kind) {
    case 'filter':
      return createFilter(node, input);
    case 'project':
      return createProject(node, input);
    case 'union':
      return createUnion(node);
    case 'watermark':
      return new WatermarkAssigner(node);
    case 'window-aggregate':
      return new WindowAggregate(node, input);
    case 'source':
    case 'sink':
    case 'dead-letter':
      return assert.fail(`${node.kind} ${node.id} is driven by the engine`);
  }
}
