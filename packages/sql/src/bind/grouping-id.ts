import type { Expression } from '@millrace/plan';
import type { FunctionCall } from '../ast.ts';
import { bindExpression } from './expression.ts';
import type { ExpressionContext } from './expression-context.ts';
import { groupingId } from './grouping-sets.ts';
import { integerLiteral } from './literal.ts';

const NAMES: ReadonlySet<string> = new Set(['GROUPING', 'GROUPING_ID', 'GROUP_ID']);

export function groupingOver(call: FunctionCall): boolean {
  return NAMES.has(call.name.text.toUpperCase());
}

/**
 * GROUPING(key): 1 where the row's grouping set does not have the key, else 0; GROUPING(a, b) and GROUPING_ID(a, b): these bits side by side;
 * GROUP_ID(): those of all keys. A CASE over the column `id`, which tells the set of each row; without sets nothing is missing and the result is 0.
 */
export function bindGroupingId(
  call: FunctionCall,
  context: ExpressionContext,
  keyOf: (bound: Expression) => number,
  sets: readonly (readonly number[])[],
  keys: number,
  id: Expression,
): Expression | undefined {
  const { report } = context;
  const title = call.name.text.toUpperCase();
  const isOfAll = title === 'GROUP_ID';
  if ((call.args.length === 0) !== isOfAll) {
    const message = `${title} takes ${isOfAll ? 'no arguments' : 'keys of GROUP BY'}, not ${call.args.length}.`;
    return report.error('sql.wrong-arguments', call, message);
  }
  const asked: number[] = isOfAll ? Array.from({ length: keys }, (_, key) => key) : [];
  for (const expr of call.args) {
    const bound = bindExpression(expr, context);
    if (bound === undefined) return undefined;
    const key = keyOf(bound);
    if (key < 0) return report.error('sql.invalid-aggregate', expr, `${title} takes the keys of GROUP BY.`);
    asked.push(key);
  }
  const idOf = (set: readonly number[]) => {
    const present = asked.flatMap((key, at) => (set.includes(key) ? [at] : []));
    return integerLiteral(groupingId(present, asked.length), 'bigint');
  };
  if (sets.length === 1) return idOf(sets[0] ?? []);
  const branches = sets.map((set) => ({
    when: {
      kind: 'call',
      name: '=',
      args: [id, integerLiteral(groupingId(set, keys), 'bigint')],
      type: { kind: 'boolean', nullable: false },
    } as const,
    value: idOf(set),
  }));
  return { kind: 'case', branches, otherwise: integerLiteral(0n, 'bigint'), type: { kind: 'bigint', nullable: false } };
}
