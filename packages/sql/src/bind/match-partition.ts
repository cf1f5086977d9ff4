import type { Expression } from '@millrace/plan';
import type { MatchTable } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { columnOf, project, type Relation } from '../relation/relation.ts';
import { comparable } from './comparable.ts';
import { bindExpression } from './expression.ts';
import type { FilledScope } from './join.ts';

/** PARTITION BY of MATCH_RECOGNIZE. */
export interface MatchPartition {
  /** The columns the author names, of the input. */
  readonly named: readonly number[];
  /** The input, and behind its columns the keys that stand for ARRAYs, MAPs and ROWs. */
  readonly input: Relation;
  /** The keys, columns of that. */
  readonly keys: readonly number[];
}

/** Undefined after a report. */
export function bindMatchPartition(
  { partitionBy }: MatchTable,
  scope: FilledScope,
  report: Report,
): MatchPartition | undefined {
  const { relation } = scope;
  const columns = partitionBy.map((expr) => {
    const bound = bindExpression(expr, { scope, report });
    if (bound === undefined || bound.kind === 'column') return bound;
    const message = 'PARTITION BY of MATCH_RECOGNIZE takes columns: compute the value in FROM (SELECT ...).';
    return report.error('sql.unsupported', expr, message);
  });
  const known = columns.filter((column) => column !== undefined);
  if (known.length < columns.length) return undefined;
  const all: Expression[] = relation.fields.map((_, index) => columnOf(relation, index));
  const keys = known.map((column) => {
    const key = comparable(column);
    return key.kind === 'column' ? key.index : all.push(key) - 1;
  });
  const width = relation.fields.length;
  const names = all.map((_, at) => relation.fields[at]?.name ?? `key${at - width}`);
  const input = all.length === width ? relation : project(relation, all, names);
  return { named: known.map(({ index }) => index), input, keys };
}
