import type { Expression } from '@millrace/plan';
import type { CreateFunction, FunctionCall, OverClause } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { findFunction } from '../functions/catalog.ts';
import { unknownFunction } from '../functions/unknown-function.ts';
import { declaredCall, declaredOf } from './declared-call.ts';
import type { ExpressionContext } from './expression-context.ts';

/** Binds the arguments of the call, once it is known what it is; undefined after a report. Handed in, because expressions and calls need each other. */
type BindArguments = () => readonly Expression[] | undefined;

/** A call of any kind, given to whom it belongs. Undefined after a report. */
export function bindCall(
  expr: FunctionCall,
  context: ExpressionContext,
  bindArguments: BindArguments,
): Expression | undefined {
  const { report } = context;
  const special = context.special?.call(expr);
  if (context.special !== undefined && special !== 'ordinary') return special;
  const declared = declaredOf(expr);
  if (declared !== undefined) return bindDeclared(expr, declared, context, bindArguments);
  const definition = findFunction(expr.name.text);
  if (expr.over !== undefined) return bindOver(expr, expr.over, context);
  if (definition === undefined) return unknownFunction(expr, report);
  if (definition.bind === undefined) {
    if (context.aggregates !== undefined) return context.aggregates.bind(expr);
    const what = definition.group === 'aggregate' ? 'an aggregate' : 'a window function';
    const message = `${definition.name} is ${what}: it may stand in SELECT and HAVING of a query with GROUP BY.`;
    return report.error('sql.invalid-aggregate', expr, message);
  }
  if (expr.distinct !== undefined)
    return report.error('sql.syntax', expr.distinct, 'DISTINCT stands in aggregates only.');
  if (expr.filter !== undefined) return report.error('sql.syntax', expr.filter, 'FILTER stands after aggregates only.');
  if (expr.nulls !== undefined)
    return report.error('sql.syntax', expr.nulls, 'IGNORE NULLS stands in aggregates only.');
  if (expr.star) return report.error('sql.wrong-arguments', expr, `${definition.name}(*) is not defined.`);
  const args = bindArguments();
  if (args === undefined) return undefined;
  const { returning } = expr;
  const named = { name: definition.name, span: expr, args, argSpans: expr.args, returning, report };
  const { relation, where } = context.scope;
  // The rows of a join belong to several tables, and its conditions are not asked row by row.
  if (context.isRowByRow !== true || relation === undefined || where !== undefined) return definition.bind(named);
  const { eventTime } = relation;
  return definition.bind({ ...named, isEventTime: (arg) => arg.kind === 'column' && arg.index === eventTime });
}

function bindOver(expr: FunctionCall, over: OverClause, { overs, report }: ExpressionContext): Expression | undefined {
  if (overs !== undefined) return overs.bind(expr, over);
  const message =
    'OVER stands in the SELECT list of a query without GROUP BY: put it into FROM (SELECT ...) and use its column.';
  return report.error('sql.invalid-window', expr, message);
}

/** A function the script declares itself. */
function bindDeclared(
  expr: FunctionCall,
  declared: CreateFunction | 'broken',
  context: ExpressionContext,
  bindArguments: BindArguments,
): Expression | undefined {
  const { report } = context;
  if (declared === 'broken') return undefined;
  const name = declared.name.text;
  if (expr.over !== undefined && declared.of === 'aggregate') return bindOver(expr, expr.over, context);
  if (declared.of === 'table') {
    const message = `${name} gives rows: it stands in FROM, as LATERAL TABLE(${name}(...)).`;
    return report.error('sql.invalid-function', expr, message);
  }
  if (declared.of === 'aggregate') {
    if (context.aggregates !== undefined) return context.aggregates.bind(expr);
    const message = `${name} is an aggregate: it may stand in SELECT and HAVING of a query with GROUP BY.`;
    return report.error('sql.invalid-aggregate', expr, message);
  }
  const args = bindArguments();
  return args && declaredCall(expr, declared, args, report);
}

/** LATERAL TABLE(f(...)): the rows of a table function as an ARRAY. */
export function bindRowsCall(expr: FunctionCall, report: Report, bindArguments: BindArguments): Expression | undefined {
  const declared = declaredOf(expr);
  if (declared === 'broken') return undefined;
  if (declared === undefined && findFunction(expr.name.text) === undefined) return unknownFunction(expr, report);
  if (declared?.of !== 'table' || expr.over !== undefined) {
    const message = `${declared?.name.text ?? expr.name.text.toUpperCase()} gives no rows: LATERAL TABLE takes a function that RETURNS TABLE.`;
    return report.error('sql.invalid-function', expr, message);
  }
  const args = bindArguments();
  return args && declaredCall(expr, declared, args, report);
}
