import type { Expression } from '@millrace/plan';
import type { JoinTable, UnnestTable } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import type { Relation } from '../relation/relation.ts';
import { step } from '../relation/step.ts';
import { typeName } from './coerce.ts';
import { elementsOf } from './collection.ts';
import { bindCondition, bindExpression, bindTableCall } from './expression.ts';
import { type FilledScope, restrict } from './join.ts';
import { sideOf } from './join-condition.ts';
import { filterBy } from './join-relation.ts';
import { partsOf, visibleColumns } from './scope.ts';
import { oneRow } from './values.ts';

/** left CROSS JOIN UNNEST(collection over left) AS t (a, b): every row once per element; LEFT JOIN keeps rows without elements. */
export function bindUnnest(
  ref: JoinTable,
  unnest: UnnestTable,
  left: FilledScope,
  report: Report,
): FilledScope | undefined {
  const { type } = ref;
  const what = unnest.call === undefined ? 'UNNEST' : 'LATERAL TABLE';
  if (type === 'right' || type === 'full') {
    const message = `${type.toUpperCase()} JOIN ${what} has no meaning: the elements come from the left side. Write CROSS JOIN or LEFT JOIN.`;
    return report.error('sql.unsupported', ref.joinSpan, message);
  }
  if (ref.using[0] !== undefined) {
    return report.error('sql.unsupported', ref.using[0], `${what} is joined by CROSS JOIN, or LEFT JOIN ... ON TRUE.`);
  }
  const context = { scope: left, report };
  const bound =
    unnest.call === undefined ? bindExpression(unnest.collection, context) : bindTableCall(unnest.call, context);
  if (bound === undefined) return undefined;
  const collection = elementsOf(bound);
  if (collection.type.kind !== 'array' && collection.type.kind !== 'map') {
    const message = `UNNEST takes an ARRAY, a MAP or a MULTISET, not ${typeName(collection)}.`;
    return report.error('sql.type-mismatch', unnest.collection, message);
  }
  const outer = type === 'left';
  const make = (input: Relation) => expand(input, unnest, collection, outer);
  const relation = make(left.relation);
  if (!columnsFit(unnest, relation.fields.length - left.relation.fields.length, report)) return undefined;
  const scope = scopeOf(relation, unnest, left);
  if (outer && ref.on !== undefined && !(ref.on.kind === 'boolean' && ref.on.value)) {
    return report.error(
      'sql.unsupported',
      ref.on,
      `LEFT JOIN ${what} takes ON TRUE only: put the condition into WHERE.`,
    );
  }
  const on = ref.on === undefined ? undefined : bindCondition(ref.on, 'ON', { scope, report });
  if (ref.on !== undefined && on === undefined) return undefined;
  const where = (conditions: readonly Expression[]): Relation => {
    const all = on === undefined || outer ? conditions : [on, ...conditions];
    const isLeft = (condition: Expression) => sideOf(condition, left.relation.fields.length) === 'left';
    const below = make(restrict(left, all.filter(isLeft)));
    return filterBy(
      below,
      all.filter((condition) => !isLeft(condition)),
    );
  };
  return { ...scope, relation: where([]), where };
}

function expand(input: Relation, unnest: UnnestTable, collection: Expression, outer: boolean): Relation {
  const { withOrdinality, columns } = unnest;
  const kept = input.fields.map((field) => field.name);
  const names = columns.length === 0 ? kept : [...kept, ...columns.map((column) => column.text)];
  return step({ kind: 'unnest', collection, withOrdinality, outer }, [input], input.eventTime, { names });
}

function columnsFit(unnest: UnnestTable, count: number, report: Report): boolean {
  if (unnest.columns.length === 0 || unnest.columns.length === count) return true;
  const message = `${unnest.call?.name.text ?? 'UNNEST'} gives ${count} column${count === 1 ? '' : 's'} here, but ${unnest.columns.length} are named.`;
  const at = { from: unnest.columns[0]?.from ?? unnest.from, to: unnest.columns.at(-1)?.to ?? unnest.to };
  report.error('sql.sink-mismatch', at, message);
  return false;
}

function scopeOf(relation: Relation, unnest: UnnestTable, left: FilledScope): FilledScope {
  const width = left.relation.fields.length;
  const added = relation.fields.map((_, index) => index).slice(width);
  return {
    relation,
    qualifier: undefined,
    broken: new Set(),
    parts: [...partsOf(left), { qualifier: unnest.alias?.text, columns: added, broken: new Set() }],
    visible: [...visibleColumns(left), ...added],
  };
}

/** FROM UNNEST(ARRAY[...]): the elements of a constant. */
export function bindUnnestAlone(unnest: UnnestTable, report: Report): FilledScope | undefined {
  const nothing: FilledScope = { relation: oneRow(), qualifier: undefined, broken: new Set(), parts: [], visible: [] };
  const span = { from: unnest.from, to: unnest.to };
  const cross = {
    kind: 'join',
    type: 'cross',
    joinSpan: span,
    on: undefined,
    using: [],
    natural: false,
    right: unnest,
    ...span,
  } as const;
  return bindUnnest({ ...cross, left: unnest }, unnest, nothing, report);
}
