import type { Expression } from '@millrace/plan';
import type { LikeExpr } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { coerce, typeName } from './coerce.ts';
import { negateIf, test } from './comparison.ts';
import { isSimilarFine } from './text-pattern.ts';

/** text [NOT] {LIKE | SIMILAR TO} pattern [ESCAPE character]: the parts are bound already, in this order. */
export function bindTextMatch(expr: LikeExpr, parts: readonly Expression[], report: Report): Expression | undefined {
  const operator = expr.similar ? 'SIMILAR TO' : 'LIKE';
  const spans = [expr.arg, expr.pattern, expr.escape];
  const wrong = parts.findIndex((part) => part.type.kind !== 'string');
  const part = parts[wrong];
  if (part !== undefined) {
    const message = `${operator} compares STRING values, not ${typeName(part)}: use CAST(... AS STRING).`;
    return report.error('sql.type-mismatch', spans[wrong] ?? expr, message);
  }
  const escapeWith = parts[2];
  if (escapeWith?.kind === 'literal' && [...String(escapeWith.value)].length !== 1) {
    return report.error('sql.invalid-literal', expr.escape ?? expr, 'ESCAPE takes one character.');
  }
  if (expr.similar && !isSimilarFine(parts[1], escapeWith, expr.pattern, report)) return undefined;
  const texts = parts.map((side) => coerce(side, { kind: 'string', nullable: true }));
  return negateIf(expr.not, test(expr.similar ? 'similar-to' : 'like', texts));
}
