import type { Expression } from '@millrace/plan';

/** `right.time` lies in `[left.time + lowerMs, left.time + upperMs]`. */
interface TimeBounds {
  readonly lowerMs: number;
  readonly upperMs: number;
  /** The conditions that do not speak of the two times. */
  readonly rest: readonly Expression[];
}

/**
 * The bounds two event times set each other in conditions such as `r.ts BETWEEN l.ts - INTERVAL '1' HOUR AND l.ts`;
 * undefined when they do not bound each other on both sides. As Flink's IntervalJoinUtil.
 */
export function timeBoundsOf(
  conditions: readonly Expression[],
  leftTime: number,
  rightTime: number,
): TimeBounds | undefined {
  let lowerMs = Number.NEGATIVE_INFINITY;
  let upperMs = Number.POSITIVE_INFINITY;
  const rest: Expression[] = [];
  for (const condition of conditions) {
    const bound = boundOf(condition, leftTime, rightTime);
    if (bound === undefined) rest.push(condition);
    else {
      lowerMs = Math.max(lowerMs, bound.lowerMs);
      upperMs = Math.min(upperMs, bound.upperMs);
    }
  }
  return Number.isFinite(lowerMs) && Number.isFinite(upperMs) ? { lowerMs, upperMs, rest } : undefined;
}

/** A side of a comparison: one of the two times, moved by a constant. */
interface Moment {
  readonly column: number;
  readonly shiftMs: number;
}

function boundOf(condition: Expression, leftTime: number, rightTime: number) {
  if (condition.kind !== 'call') return undefined;
  const [a, b] = condition.args.map(momentOf);
  if (a === undefined || b === undefined) return undefined;
  const isStraight = a.column === rightTime && b.column === leftTime;
  if (!isStraight && !(a.column === leftTime && b.column === rightTime)) return undefined;
  // right + shift OP left + shift: right - left OP difference.
  const [right, left] = isStraight ? [a, b] : [b, a];
  const difference = left.shiftMs - right.shiftMs;
  const none = { lowerMs: Number.NEGATIVE_INFINITY, upperMs: Number.POSITIVE_INFINITY };
  switch (isStraight ? condition.name : mirrored(condition.name)) {
    case '=':
      return { lowerMs: difference, upperMs: difference };
    case '<':
      return { ...none, upperMs: difference - 1 };
    case '<=':
      return { ...none, upperMs: difference };
    case '>':
      return { ...none, lowerMs: difference + 1 };
    case '>=':
      return { ...none, lowerMs: difference };
    default:
      return undefined;
  }
}

function mirrored(name: string): string {
  const mirror: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=': '=' };
  return mirror[name] ?? '';
}

function momentOf(expression: Expression): Moment | undefined {
  if (expression.kind === 'column') return { column: expression.index, shiftMs: 0 };
  if (expression.kind !== 'call' || expression.name !== 'datetime-plus') return undefined;
  const [time, interval] = expression.args;
  const inner = time && momentOf(time);
  if (inner === undefined || interval?.kind !== 'literal' || interval.type.kind !== 'interval') return undefined;
  if (interval.type.unit !== 'milliseconds') return undefined;
  return { column: inner.column, shiftMs: inner.shiftMs + Number(interval.value) };
}
