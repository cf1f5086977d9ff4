import type { Expression } from './expression.ts';

/** The direct parts of an expression. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return [];
    case 'call':
    case 'user-call':
      return expression.args;
    case 'cast':
      return [expression.arg];
    case 'case':
      return [...expression.branches.flatMap(({ when, value }) => [when, value]), expression.otherwise];
  }
}

/** The same expression with other parts, in the order of `partsOf`. */
export function withParts(expression: Expression, change: (part: Expression) => Expression): Expression {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return expression;
    case 'call':
    case 'user-call':
      return { ...expression, args: expression.args.map(change) };
    case 'cast':
      return { ...expression, arg: change(expression.arg) };
    case 'case': {
      const branches = expression.branches.map(({ when, value }) => ({ when: change(when), value: change(value) }));
      return { ...expression, branches, otherwise: change(expression.otherwise) };
    }
  }
}

/** Replaces every column by what `replace` gives for its index. */
export function substitute(expression: Expression, replace: (index: number) => Expression): Expression {
  if (expression.kind === 'column') return replace(expression.index);
  return withParts(expression, (part) => substitute(part, replace));
}

/** Moves column indexes. */
export function remap(expression: Expression, indexOf: (index: number) => number): Expression {
  if (expression.kind === 'column') return { ...expression, index: indexOf(expression.index) };
  return withParts(expression, (part) => remap(part, indexOf));
}

/** Adds the indexes of all columns read to `columns`. */
export function collectColumns(expression: Expression, columns: Set<number>): void {
  if (expression.kind === 'column') columns.add(expression.index);
  for (const part of partsOf(expression)) collectColumns(part, columns);
}

export function columnsOf(expression: Expression): ReadonlySet<number> {
  const columns = new Set<number>();
  collectColumns(expression, columns);
  return columns;
}

/** a AND b AND c as [a, b, c]. */
export function conjuncts(predicate: Expression): readonly Expression[] {
  return predicate.kind === 'call' && predicate.name === 'and' ? predicate.args.flatMap(conjuncts) : [predicate];
}

/** The other direction; undefined for none. */
export function conjunction(predicates: readonly Expression[]): Expression | undefined {
  return predicates.reduce<Expression | undefined>((all, next) => {
    if (all === undefined) return next;
    const nullable = all.type.nullable || next.type.nullable;
    return { kind: 'call', name: 'and', args: [all, next], type: { kind: 'boolean', nullable } };
  }, undefined);
}
