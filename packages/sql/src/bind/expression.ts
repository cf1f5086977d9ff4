import type { Expression } from '@millrace/plan';
import type { BinaryExpr, CaseExpr, CastExpr, Expr, FunctionCall } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { sizeOf } from '../relation/expression-walk.ts';
import type { Span } from '../source-text.ts';
import { bindArithmetic, negate } from './arithmetic.ts';
import { bindCall, bindRowsCall } from './call.ts';
import { castTo, cutToLength, named } from './cast.ts';
import { alignForComparison, alignValues, coerce, isUntypedNull, typeName, UNTYPED_NULL } from './coerce.ts';
import { bindConstructor, bindElement } from './collection.ts';
import { bindBetween, bindIn, bindIsJson, cannotCompare, compare, test, warnOfNull } from './comparison.ts';
import type { ExpressionContext } from './expression-context.ts';
import { bindInterval } from './interval.ts';
import { bindDifference } from './interval-arithmetic.ts';
import { bindDatetimeLiteral, booleanLiteral, bytesLiteral, numberLiteral, stringLiteral } from './literal.ts';
import { bindAtTimeZone, bindOverlaps } from './point-in-time.ts';
import { fieldOf, resolveColumn } from './scope.ts';
import { bindTextMatch } from './text-match.ts';
import { withNullable } from './type-rule.ts';

/** Written out, an expression has at most this many nodes: BETWEEN and CASE x WHEN repeat their operand. */
const EXPRESSION_SIZE_MAX = 20_000;

/** AST to a typed expression over the columns in scope, every coercion explicit. Undefined: refused and reported. */
export function bindExpression(expr: Expr, context: ExpressionContext): Expression | undefined {
  const bound = bindKind(expr, context);
  if (bound === undefined) return undefined;
  if (sizeOf(bound) > EXPRESSION_SIZE_MAX) {
    return context.report.error(
      'sql.too-large',
      expr,
      'The expression is too large: compute parts of it in FROM (SELECT ...).',
    );
  }
  context.spans?.set(bound, expr);
  return bound;
}

/** A condition: BOOLEAN or nothing. `where` names the place, for the message. */
export function bindCondition(expr: Expr, where: string, context: ExpressionContext): Expression | undefined {
  const bound = bindExpression(expr, context);
  return bound && asBoolean(bound, expr, where, context.report);
}

function asBoolean(bound: Expression, span: Span, where: string, report: Report): Expression | undefined {
  if (bound.type.kind === 'boolean' || isUntypedNull(bound)) return coerce(bound, { kind: 'boolean', nullable: true });
  return report.error('sql.type-mismatch', span, `${where} is a condition (BOOLEAN), not ${typeName(bound)}.`);
}

function bindKind(expr: Expr, context: ExpressionContext): Expression | undefined {
  const { report } = context;
  switch (expr.kind) {
    case 'column':
      return context.special === undefined ? resolveColumn(expr, context.scope, report) : context.special.column(expr);
    case 'number': {
      const literal = numberLiteral(expr.text);
      return (
        literal ??
        report.error('sql.invalid-literal', expr, 'A number has at most 38 digits: use a DOUBLE such as 1e40.')
      );
    }
    case 'string':
      return stringLiteral(expr.value);
    case 'bytes':
      return (
        bytesLiteral(expr.hex) ?? report.error('sql.invalid-literal', expr, "X'...' holds pairs of hexadecimal digits.")
      );
    case 'boolean':
      return booleanLiteral(expr.value);
    case 'null':
      return { ...UNTYPED_NULL };
    case 'datetime':
      return bindDatetimeLiteral(expr, report);
    case 'interval':
      return bindInterval(expr, report);
    case 'call':
      return bindCall(expr, context, () => bindAll(expr.args, context));
    case 'cast':
      return bindCast(expr, context);
    case 'case':
      return bindCase(expr, context);
    case 'binary':
      return bindBinary(expr, context);
    case 'unary': {
      if (expr.operator === 'NOT') {
        const condition = bindCondition(expr.arg, 'NOT', context);
        return condition && test('not', [condition]);
      }
      return bindSign(expr.operator, expr.arg, expr, context);
    }
    case 'between': {
      const parts = bindAll([expr.arg, expr.low, expr.high], context);
      return parts && bindBetween(expr, parts, report);
    }
    case 'in': {
      const parts = bindAll([expr.arg, ...expr.list], context);
      return parts && bindIn(expr, parts, report);
    }
    case 'like': {
      const texts = [expr.arg, expr.pattern, ...(expr.escape === undefined ? [] : [expr.escape])];
      const parts = bindAll(texts, context);
      return parts && bindTextMatch(expr, parts, report);
    }
    case 'is': {
      const arg = bindExpression(expr.arg, context);
      if (arg === undefined) return undefined;
      if (expr.what.startsWith('JSON')) return bindIsJson(arg, expr.what, expr.not, expr.arg, report);
      const plan = `is-${expr.not ? 'not-' : ''}${expr.what === 'UNKNOWN' ? 'null' : expr.what.toLowerCase()}`;
      const condition = expr.what === 'NULL' ? arg : asBoolean(arg, expr.arg, `IS ${expr.what}`, report);
      const name = IS_FUNCTIONS.find((candidate) => candidate === plan);
      return condition && name && { kind: 'call', name, args: [condition], type: { kind: 'boolean', nullable: false } };
    }
    case 'distinct-from': {
      const [left, right] = bindAll([expr.left, expr.right], context) ?? [];
      if (left === undefined || right === undefined) return undefined;
      const sides = alignForComparison(left, right);
      if (sides === undefined) return cannotCompare(left, right, expr, report);
      const name = expr.not ? 'is-not-distinct-from' : 'is-distinct-from';
      return { kind: 'call', name, args: sides, type: { kind: 'boolean', nullable: false } };
    }
    case 'overlaps': {
      const periods = bindAll([expr.left, expr.right], context);
      return periods && bindOverlaps(expr, periods, report);
    }
    case 'at-time-zone': {
      const parts = bindAll([expr.arg, expr.zone], context);
      return parts && bindAtTimeZone(expr, parts, report);
    }
    case 'element': {
      const [arg, index] = bindAll([expr.arg, expr.index], context) ?? [];
      return arg && index && bindElement(arg, index, expr, report);
    }
    case 'field': {
      const row = bindExpression(expr.arg, context);
      return row && fieldOf(row, expr.name, expr, report);
    }
    case 'constructor': {
      const items = bindAll(expr.items, context);
      return items && bindConstructor(expr, items, report);
    }
    case 'scalar-query':
      if (context.queries !== undefined) return context.queries.bind(expr);
      return report.error(
        'sql.unsupported',
        expr,
        'A query in the place of a value may stand in WHERE, and in SELECT without GROUP BY; elsewhere join it in FROM.',
      );
    case 'in-query':
    case 'quantified':
    case 'exists': {
      const what = expr.kind === 'exists' ? 'EXISTS' : expr.kind === 'in-query' ? 'IN (SELECT ...)' : expr.quantifier;
      const message = `${what} may stand in WHERE only, alone or joined to other conditions by AND.`;
      return report.error('sql.unsupported', expr, message);
    }
  }
}

const IS_FUNCTIONS = ['is-null', 'is-not-null', 'is-true', 'is-not-true', 'is-false', 'is-not-false'] as const;

/** Binds all of them, so that each problem is reported; undefined when one was refused. */
function bindAll(exprs: readonly Expr[], context: ExpressionContext): readonly Expression[] | undefined {
  const bound = exprs.map((expr) => bindExpression(expr, context));
  const known = bound.filter((expression) => expression !== undefined);
  return known.length === bound.length ? known : undefined;
}

function bindSign(operator: '-' | '+', arg: Expr, span: Span, context: ExpressionContext): Expression | undefined {
  const bound = bindExpression(arg, context);
  if (bound === undefined) return undefined;
  const negated = negate(bound);
  if (negated === undefined) {
    return context.report.error('sql.type-mismatch', span, `${operator} needs a number, not ${typeName(bound)}.`);
  }
  return operator === '-' ? negated : bound;
}

function bindBinary(expr: BinaryExpr, context: ExpressionContext): Expression | undefined {
  const { operator } = expr;
  if (operator === 'AND' || operator === 'OR') {
    const left = bindCondition(expr.left, operator, context);
    const right = bindCondition(expr.right, operator, context);
    return left && right && test(operator === 'AND' ? 'and' : 'or', [left, right]);
  }
  const [left, right] = bindAll([expr.left, expr.right], context) ?? [];
  if (left === undefined || right === undefined) return undefined;
  if (expr.qualifier !== undefined) return bindDifference(left, right, expr.qualifier.unit, expr, context.report);
  switch (operator) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return bindArithmetic(operator, left, right, expr, context.report);
    case '||': {
      const mismatch = [left, right].findIndex((side) => side.type.kind !== 'string');
      if (mismatch >= 0) {
        const side = mismatch === 0 ? left : right;
        const message = `|| joins STRING values, not ${typeName(side)}: use CAST(... AS STRING).`;
        return context.report.error('sql.type-mismatch', mismatch === 0 ? expr.left : expr.right, message);
      }
      const type = { kind: 'string', nullable: left.type.nullable || right.type.nullable } as const;
      return { kind: 'call', name: 'concat', args: [left, right], type };
    }
    default:
      warnOfNull(expr, context.report);
      return compare(operator, left, right, expr, context.report);
  }
}

function bindCast(expr: CastExpr, context: ExpressionContext): Expression | undefined {
  const arg = bindExpression(expr.arg, context);
  const { type } = expr.type;
  if (arg === undefined || type === undefined) return undefined;
  const cast = castTo(arg, type, expr.safe, expr, context.report);
  return cast && cutToLength(named(cast, type), expr.type);
}

function bindCase(expr: CaseExpr, context: ExpressionContext): Expression | undefined {
  const { report } = context;
  const operand = expr.operand === undefined ? undefined : bindExpression(expr.operand, context);
  const whens = expr.branches.map(({ when }) => {
    if (expr.operand === undefined) return bindCondition(when, 'WHEN', context);
    const value = bindExpression(when, context);
    return operand && value && compare('=', operand, value, when, report);
  });
  const valueExprs = [
    ...expr.branches.map(({ value }) => value),
    ...(expr.otherwise === undefined ? [] : [expr.otherwise]),
  ];
  const values = bindAll(valueExprs, context);
  const conditions = whens.filter((when) => when !== undefined);
  if (values === undefined || conditions.length < whens.length) return undefined;
  const aligned = alignValues(values, valueExprs, 'CASE', report);
  if (aligned === undefined) return undefined;
  const otherwise = aligned.values[conditions.length] ?? coerce(UNTYPED_NULL, aligned.type);
  const branches = conditions.map((when, at) => ({ when, value: aligned.values[at] ?? otherwise }));
  const nullable = otherwise.type.nullable || branches.some(({ value }) => value.type.nullable);
  return { kind: 'case', branches, otherwise, type: withNullable(aligned.type, nullable) };
}

/** LATERAL TABLE(f(...)): the rows of a table function as an ARRAY. */
export function bindTableCall(expr: FunctionCall, context: ExpressionContext): Expression | undefined {
  return bindRowsCall(expr, context.report, () => bindAll(expr.args, context));
}
