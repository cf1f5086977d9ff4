import assert from 'node:assert/strict';
import type { Operator, UserFunctions } from '@millrace/contracts';
import { type Schema, StreamError } from '@millrace/model';
import type { LogicalNode } from '@millrace/plan';
import { ownedFunctions } from './expression/owned-functions.ts';
import { GroupAggregate } from './group/aggregate.ts';
import { createExpand } from './group/expand.ts';
import { createIntervalJoin } from './join/interval-join.ts';
import { createJoin } from './join/join.ts';
import { createTemporalJoin } from './join/temporal-join.ts';
import { createWindowJoin } from './join/window-join.ts';
import { LookupJoin } from './lookup/lookup-join.ts';
import { createMatch } from './match/match.ts';
import { createOverAggregate } from './over/over-aggregate.ts';
import { LocalGroupAggregate } from './partial/local-group-aggregate.ts';
import { LocalWindowAggregate } from './partial/local-window-aggregate.ts';
import { createFilter, createProject, createUnion } from './passing.ts';
import { createChangelogNormalize } from './rank/changelog-normalize.ts';
import { createDeduplicate } from './rank/deduplicate.ts';
import { createLimit } from './rank/limit.ts';
import { createRank } from './rank/rank.ts';
import { createTemporalSort } from './rank/temporal-sort.ts';
import { createWindowRank } from './rank/window-rank.ts';
import { createReplicate } from './unnest/replicate.ts';
import { createUnnest } from './unnest/unnest.ts';
import { WatermarkAssigner } from './watermark/assigner.ts';
import { WindowAggregate } from './window/aggregate.ts';
import { createWindowAssign } from './window/assign.ts';
import { inLocalTime } from './window/local-time.ts';
import { SessionAggregate } from './window/session.ts';

/**
 * The operator of a plan node: the one switch over node kinds. `inputSchemas` in the order of the node's inputs; `functions` are those
 * its expressions call, if any. Sources,
 * sinks and dead letters belong to the engine: asking for them breaks an assertion. Throws
 * `expression.<reason>` for what the plan asks and no operator can do; better here than at the first record.
 */
export function createOperator(
  node: LogicalNode,
  inputSchemas: readonly Schema[],
  functions?: UserFunctions,
): Operator {
  const [input] = inputSchemas;
  const own = functions && ownedFunctions(functions, node.label);
  assert(input !== undefined, `${node.kind} ${node.id} has no input schema`);
  switch (node.kind) {
    case 'filter':
      return createFilter(node, input, own);
    case 'project':
      return createProject(node, input, own);
    case 'union':
      return createUnion(node);
    case 'watermark':
      return new WatermarkAssigner(node, input, own);
    case 'window-aggregate': {
      const { window } = node;
      if (window.kind === 'session') return new SessionAggregate({ ...node, window }, input, own);
      const timeZone = window.kind === 'attached' ? undefined : window.timeZone;
      if (timeZone === undefined) {
        const sliced = { ...node, window };
        return node.phase === 'local'
          ? new LocalWindowAggregate(sliced, input)
          : new WindowAggregate(sliced, input, own);
      }
      return inLocalTime(timeZone, { timeColumn: node.timeColumn, keepsInput: false }, input, (timeColumn, local) => {
        return new WindowAggregate({ ...node, window, timeColumn }, local, own);
      });
    }
    case 'rank':
      return node.windowEnd === undefined ? createRank(node, input) : createWindowRank(node, node.windowEnd, input);
    case 'deduplicate':
      return createDeduplicate(node, input);
    case 'changelog-normalize':
      return createChangelogNormalize(node, input);
    case 'limit':
      return createLimit(node);
    case 'temporal-sort':
      return createTemporalSort(node, input);
    case 'join':
      return createJoin(node, input, secondOf(node, inputSchemas), own);
    case 'interval-join':
      return createIntervalJoin(node, input, secondOf(node, inputSchemas), own);
    case 'window-join':
      return createWindowJoin(node, input, secondOf(node, inputSchemas), own);
    case 'temporal-join':
      return createTemporalJoin(node, input, secondOf(node, inputSchemas), own);
    case 'lookup-join':
      return new LookupJoin(node, input);
    case 'match':
      return createMatch(node, input, own);
    case 'unnest':
      return createUnnest(node, input, own);
    case 'replicate':
      return createReplicate(node);
    case 'window-assign': {
      const { timeZone } = node.window;
      if (timeZone === undefined) return createWindowAssign(node);
      return inLocalTime(timeZone, { timeColumn: node.timeColumn, keepsInput: true }, input, (timeColumn) =>
        createWindowAssign({ ...node, timeColumn }),
      );
    }
    case 'expand':
      return createExpand(node, input, own);
    case 'group-aggregate':
      return node.phase === 'local' ? new LocalGroupAggregate(node, input) : new GroupAggregate(node, input, own);
    case 'source':
    case 'sink':
    case 'dead-letter':
      return assert.fail(`${node.kind} ${node.id} is driven by the engine`);
    case 'over-aggregate':
      return createOverAggregate(node, input, own);
    default:
      throw notYet(node);
  }
}

function secondOf(node: LogicalNode, [, second]: readonly Schema[]): Schema {
  assert(second !== undefined, `${node.kind} ${node.id} has only one input schema`);
  return second;
}

function notYet(node: LogicalNode): StreamError {
  const message = `No engine can run "${node.label}" (${node.kind}) yet.`;
  return new StreamError('plan.unsupported', message, { domain: 'user', retry: 'never' });
}
