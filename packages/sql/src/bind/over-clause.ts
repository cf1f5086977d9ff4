import type { OverFrame } from '@millrace/plan';
import type { Name, OverClause, OverFrameClause, Select } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { didYouMean } from '../suggestion.ts';
import { bindExpression } from './expression.ts';
import type { ExpressionContext } from './expression-context.ts';

/** OVER w by its definition in WINDOW; (w ROWS ...) adds what w leaves open. A window may go on from one that stands before it. */
export function resolveWindow(over: OverClause, declared: Select['windows'], report: Report): OverClause | undefined {
  const { name } = over;
  if (name === undefined) return over;
  const at = declared.findIndex((window) => window.name.text === name.text);
  const found = at < 0 ? undefined : resolveWindow(declared[at]?.over ?? over, declared.slice(0, at), report);
  if (at >= 0) return found && extend(found, over, name, report);
  const names = declared.map((window) => window.name.text);
  const { hint, fix } = didYouMean(name.text, name, names);
  const help = hint === '' ? ' Declare it: WINDOW w AS (PARTITION BY ... ORDER BY ...).' : hint;
  return report.error('sql.unknown-table', name, `No window ${name.text} in this SELECT.${help}`, fix);
}

function extend(base: OverClause, over: OverClause, name: Name, report: Report): OverClause | undefined {
  const said =
    over.partitionBy.length > 0
      ? 'PARTITION BY'
      : over.orderBy.length > 0 && base.orderBy.length > 0
        ? 'ORDER BY'
        : base.frame !== undefined && (over.orderBy.length > 0 || over.frame !== undefined)
          ? 'a frame'
          : undefined;
  if (said !== undefined) {
    const message = `${name.text} says ${said} already, and a window that goes on from it adds only what is open.`;
    return report.error('sql.invalid-window', over, message);
  }
  const orderBy = over.orderBy.length > 0 ? over.orderBy : base.orderBy;
  return { ...over, name: undefined, partitionBy: base.partitionBy, orderBy, frame: over.frame ?? base.frame };
}

/** The rows that count for one row: those behind it, itself included. Undefined after a report. */
export function bindFrame(clause: OverFrameClause | undefined, context: ExpressionContext): OverFrame | undefined {
  if (clause === undefined) return { kind: 'range', precedingMs: 'unbounded' };
  const { unit, preceding } = clause;
  if (preceding === 'unbounded' || preceding === 'current') {
    const length = preceding === 'current' ? 0 : preceding;
    return unit === 'rows' ? { kind: 'rows', preceding: length } : { kind: 'range', precedingMs: length };
  }
  const bound = bindExpression(preceding, context);
  if (bound === undefined) return undefined;
  const value = bound.kind === 'literal' && typeof bound.value !== 'boolean' ? Number(bound.value) : Number.NaN;
  if (unit === 'rows') {
    if (bound.type.kind === 'integer' && value >= 0) return { kind: 'rows', preceding: value };
    return context.report.error(
      'sql.invalid-window',
      preceding,
      'ROWS takes a whole number: ROWS BETWEEN 10 PRECEDING AND CURRENT ROW.',
    );
  }
  const isTime = bound.type.kind === 'interval' && bound.type.unit === 'milliseconds';
  if (isTime && value >= 0) return { kind: 'range', precedingMs: value };
  const message = "RANGE takes an interval: RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW.";
  return context.report.error('sql.invalid-window', preceding, message);
}
