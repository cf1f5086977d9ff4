import { conjuncts, type Expression, substitute, type TimeRef, type WindowSpec } from '@millrace/plan';
import { columnOf, type Relation } from './relation.ts';

/**
 * A relation that stands on a window table function, taken apart: `expressions[i]` is output column i and
 * `predicates` are all filters on the way, both over the columns of `input` followed by window_start, window_end, window_time.
 */
export interface PeeledWindow {
  readonly input: Relation;
  readonly timeColumn: TimeRef;
  readonly window: WindowSpec;
  readonly partition: readonly number[];
  readonly expressions: readonly Expression[];
  readonly predicates: readonly Expression[];
}

/** Undefined when there is no window table function below, or something else (UNION ALL) in between. */
export function peelWindow(relation: Relation): PeeledWindow | undefined {
  switch (relation.kind) {
    case 'window': {
      const { input, timeColumn, window, partition } = relation;
      const expressions = relation.fields.map((_, index) => columnOf(relation, index));
      return { input, timeColumn, window, partition, expressions, predicates: [] };
    }
    case 'filter': {
      const below = peelWindow(relation.input);
      if (below === undefined) return undefined;
      const predicates = conjuncts(relation.predicate).map((predicate) => over(predicate, below));
      return { ...below, predicates: [...below.predicates, ...predicates] };
    }
    case 'project': {
      const below = peelWindow(relation.input);
      if (below === undefined) return undefined;
      return { ...below, expressions: relation.expressions.map((expression) => over(expression, below)) };
    }
    default:
      return undefined;
  }
}

function over(expression: Expression, below: PeeledWindow): Expression {
  return substitute(expression, (index) => {
    const replacement = below.expressions[index];
    if (replacement === undefined) throw new Error(`column ${index} of ${below.expressions.length}`);
    return replacement;
  });
}
