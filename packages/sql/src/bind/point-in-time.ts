import { digitsHeld } from '@millrace/model';
import { type Expression, timeZoneNamed } from '@millrace/plan';
import type { AtTimeZoneExpr, OverlapsExpr } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import type { Span } from '../source-text.ts';
import { bindArithmetic } from './arithmetic.ts';
import { alignValues, coerce, typeName } from './coerce.ts';
import { test } from './comparison.ts';
import { stringLiteral } from './literal.ts';
import { isDatetime, withNullable } from './type-rule.ts';

/**
 * (start, end) OVERLAPS (start, end), the ends in any order or as intervals behind the starts: true also when one ends as the other begins, as
 * in Flink. Both sides are bound already.
 */
export function bindOverlaps(
  expr: OverlapsExpr,
  [left, right]: readonly Expression[],
  report: Report,
): Expression | undefined {
  const a = left && periodOf(left, expr.left, report);
  const b = right && periodOf(right, expr.right, report);
  if (a === undefined || b === undefined) return undefined;
  const spans = [expr.left, expr.left, expr.right, expr.right];
  const aligned = alignValues([...a, ...b], spans, 'OVERLAPS', report);
  const [from, to, otherFrom, otherTo] = aligned?.values ?? [];
  if (from === undefined || to === undefined || otherFrom === undefined || otherTo === undefined) return undefined;
  const isBefore = test('<=', [extreme('least', from, to), extreme('greatest', otherFrom, otherTo)]);
  const isBehind = test('>=', [extreme('greatest', from, to), extreme('least', otherFrom, otherTo)]);
  return test('and', [isBefore, isBehind]);
}

function periodOf(row: Expression, span: Span, report: Report): readonly Expression[] | undefined {
  const [from, to] = row.kind === 'call' && row.name === 'row' ? row.args : [];
  if (from === undefined || to === undefined || !isDatetime(from.type)) {
    const message = 'OVERLAPS compares two periods: (start, end) OVERLAPS (start, end), or an INTERVAL for an end.';
    return report.error('sql.type-mismatch', span, message);
  }
  const end = to.type.kind === 'interval' ? bindArithmetic('+', from, to, span, report) : to;
  if (end === undefined) return undefined;
  if (isDatetime(end.type)) return [from, end];
  return report.error('sql.type-mismatch', span, `A period ends at a time or after an INTERVAL, not ${typeName(end)}.`);
}

function extreme(name: 'least' | 'greatest', a: Expression, b: Expression): Expression {
  const nullable = a.type.nullable || b.type.nullable;
  return { kind: 'call', name, args: [a, b], type: withNullable(a.type, nullable) };
}

/**
 * time AT TIME ZONE zone, as the standard has it: of a TIMESTAMP_LTZ what a clock there shows then, a TIMESTAMP; of a TIMESTAMP the moment when
 * a clock there shows it, a TIMESTAMP_LTZ.
 */
export function bindAtTimeZone(
  expr: AtTimeZoneExpr,
  [time, zone]: readonly Expression[],
  report: Report,
): Expression | undefined {
  const named = zone && zoneOf(zone, expr.zone, report);
  if (time === undefined || named === undefined) return undefined;
  const isInstant = time.type.kind === 'timestamp_ltz';
  if (!isInstant && time.type.kind !== 'timestamp') {
    const message = `AT TIME ZONE takes a TIMESTAMP or TIMESTAMP_LTZ, not ${typeName(time)}: use CAST.`;
    return report.error('sql.type-mismatch', expr.arg, message);
  }
  const kind = isInstant ? 'timestamp' : 'timestamp_ltz';
  const nullable = time.type.nullable || named.type.nullable;
  const type = { kind, precision: digitsHeld(time.type), nullable } as const;
  return { kind: 'call', name: isInstant ? 'local-time' : 'instant', args: [time, named], type };
}

/** A zone by name; a constant is checked while it is written, any other when the record comes. Undefined after a report. */
export function zoneOf(zone: Expression, span: Span, report: Report): Expression | undefined {
  if (zone.type.kind !== 'string') {
    return report.error(
      'sql.type-mismatch',
      span,
      `A time zone is a name such as 'Europe/Berlin', not ${typeName(zone)}.`,
    );
  }
  if (zone.kind !== 'literal' || zone.value === null) return coerce(zone, { kind: 'string', nullable: true });
  const name = timeZoneNamed(String(zone.value));
  if (name !== undefined) return stringLiteral(name);
  const message = `There is no time zone '${zone.value}': names are such as 'UTC', 'Europe/Berlin' or '+05:30'.`;
  return report.error('sql.invalid-literal', span, message);
}
