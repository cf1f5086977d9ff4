import type { Query, QueryBody, SetOperation, Union } from '../ast.ts';
import { type Relation, unionAll } from '../relation/relation.ts';
import { bindOrderAndLimit } from './order.ts';
import type { QueryContext, QueryPlace } from './query-context.ts';
import { withinSize } from './relation-size.ts';
import { renameColumns } from './rename-columns.ts';
import { bindSelect, queryBinder } from './select.ts';
import { alignColumns, bindSetOperation } from './set-operation.ts';
import { bindValues } from './values.ts';

/** A query as a relation; undefined after a report. */
export function bindQuery(query: Query, place: QueryPlace): Relation | undefined {
  return bindPart(query, { ...place, stateTtls: new Map(), bindQuery: bindPart, binderFor: queryBinder });
}

function bindPart(query: Query, context: QueryContext): Relation | undefined {
  const catalog = new Map(context.catalog);
  for (const cte of query.with) {
    const relation = bindPart(cte.query, { ...context, catalog });
    const renamed = relation && renameColumns(relation, cte.columns, cte.name, context.report);
    catalog.set(cte.name.text, {
      kind: 'view',
      name: cte.name.text,
      nameSpan: cte.name,
      statementSpan: cte.name,
      relation: renamed,
    });
  }
  const relation = bindBody(query.body, { ...context, catalog });
  return relation && bindOrderAndLimit(query, relation, context.report);
}

function bindBody(body: QueryBody, context: QueryContext): Relation | undefined {
  switch (body.kind) {
    case 'nested':
      return bindPart(body.query, context);
    case 'union':
      return bindUnion(body, context);
    case 'set-operation':
      return bindOperation(body, context);
    case 'values':
      return bindValues(body, context.report);
    case 'select':
      return bindSelect(body, context);
  }
}

/** Column names of the first input; each column gets the type all inputs share. */
function bindUnion(union: Union, context: QueryContext): Relation | undefined {
  const inputs = bindAllBodies(union.inputs, context);
  const aligned = inputs && alignColumns(inputs, union.inputs, 'UNION ALL', context.report);
  return aligned && withinSize(unionAll(aligned.inputs, aligned.fields), union, context.report);
}

function bindOperation(operation: SetOperation, context: QueryContext): Relation | undefined {
  const [left, right] = bindAllBodies([operation.left, operation.right], context) ?? [];
  const relation = left && right && bindSetOperation(operation, left, right, context.report);
  return relation && withinSize(relation, operation, context.report);
}

function bindAllBodies(bodies: readonly QueryBody[], context: QueryContext): readonly Relation[] | undefined {
  const bound = bodies.map((body) => bindBody(body, context));
  const known = bound.filter((relation) => relation !== undefined);
  return known.length === bound.length ? known : undefined;
}
