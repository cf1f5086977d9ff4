import type { Expression } from '@millrace/plan';

/** True where one of the conditions is, equal ones once; undefined, which is always true, when one of them is. */
export function anyOf(conditions: readonly (Expression | undefined)[]): Expression | undefined {
  const distinct = new Map<string, Expression>();
  for (const condition of conditions) {
    if (condition === undefined) return undefined;
    distinct.set(JSON.stringify(condition), condition);
  }
  return disjunction([...distinct.values()]);
}

export function disjunction(parts: readonly Expression[]): Expression | undefined {
  return parts.reduce<Expression | undefined>((all, next) => {
    if (all === undefined) return next;
    const nullable = all.type.nullable || next.type.nullable;
    return { kind: 'call', name: 'or', args: [all, next], type: { kind: 'boolean', nullable } };
  }, undefined);
}
