import type { Schema } from '@millrace/model';
import { functionsCalled, type LogicalPlan, type UserFunction } from '@millrace/plan';
import { storedKey } from '../bind/insert.ts';
import type { BoundTable } from '../bind/table.ts';
import { inTimeZone, timeZoneOf } from '../local-time-zone.ts';
import { Pruning } from '../relation/prune.ts';
import { asWritten } from '../relation/recorded.ts';
import type { Relation } from '../relation/relation.ts';
import { simplify } from '../relation/simplify.ts';
import { simplifyTogether } from '../relation/simplify-together.ts';
import { sourceConditions } from '../relation/source-filter.ts';
import { PlanBuilder } from './plan-builder.ts';

/** One output of a plan: a query and where its rows go. */
export interface PlanOutput {
  readonly relation: Relation;
  readonly sink:
    | {
        readonly kind: 'table';
        readonly table: BoundTable;
        /** Its connector keeps the row each key has now, and needs no row taken back first. */
        readonly writesByKey?: boolean;
      }
    | { readonly kind: 'preview'; readonly schema: Schema };
}

/** Queries to a LogicalPlan, with those of the declared functions that they call: simplified, pruned, every table read once, equal parts shared, ids made from meaning. */
export function buildPlan(
  outputs: readonly PlanOutput[],
  settings: Readonly<Record<string, string>>,
  declared: readonly UserFunction[] = [],
): LogicalPlan {
  const { relations, shared } = simplifyTogether(outputs.map(asSinkTakesIt));
  const pruning = new Pruning(relations, shared);
  const pruned = relations.map((relation) => pruning.prune(relation));
  const builder = new PlanBuilder(pruning, sourceConditions(pruned), settings);
  for (const [at, { sink }] of outputs.entries()) builder.addOutput(pruned[at], sink);
  const called = functionsCalled(builder.nodes);
  const functions = declared.filter(({ name }) => called.has(name));
  const plan = { nodes: builder.nodes, ...(functions.length === 0 ? {} : { functions }) };
  return inTimeZone(plan, timeZoneOf(settings));
}

/** A query whose rows go to a table that is written by key, without the step that remembers each key's row where the table needs none. */
function asSinkTakesIt({ relation, sink }: PlanOutput): Relation {
  const key = sink.kind === 'table' && sink.writesByKey === true ? storedKey(sink.table) : undefined;
  if (key === undefined) return relation;
  const simple = simplify(relation, new Set());
  const written = asWritten(simple, key);
  return written === simple ? relation : written;
}
