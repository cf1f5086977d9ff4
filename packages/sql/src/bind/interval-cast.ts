import type { DataType } from '@millrace/model';
import { isInteger } from './type-rule.ts';

/** What to write instead of a cast to or from an INTERVAL that does not exist; the empty text where there is nothing to say. */
export function intervalCastRemedy(from: DataType, to: DataType): string {
  if (from.kind === 'interval' && to.kind === 'interval') return ' A month has no number of days: add both to a time.';
  if (to.kind === 'interval') {
    if (from.kind === 'string') return " Make one of a number: CAST(text AS INT) * INTERVAL '1' SECOND.";
    if (from.kind === 'float' || from.kind === 'double' || from.kind === 'decimal') {
      return ' Make one of a whole number: CAST(x AS BIGINT).';
    }
    return '';
  }
  if (from.kind !== 'interval') return '';
  if (to.kind === 'float' || to.kind === 'double') return ' Cast it to BIGINT first.';
  return to.kind === 'date' || to.kind === 'time' || to.kind.startsWith('timestamp') ? ' Add it to a time.' : '';
}

/** What is said where two types should be one: of INTERVALs of both families no CAST is, so it is another remedy than `otherwise`. */
export function oneTypeRemedy(a: DataType, b: DataType, otherwise: string): string {
  const areIntervals = a.kind === 'interval' && b.kind === 'interval';
  return areIntervals ? 'a month has no number of days, so add both to a time.' : otherwise;
}

/** What a number means that is cast to an INTERVAL, whichever unit the type names: a warning, undefined for any other cast. */
export function intervalCountWarning(from: DataType, to: DataType): string | undefined {
  if (!isInteger(from) || to.kind !== 'interval') return undefined;
  const [counted, unit] = to.unit === 'months' ? ['months', 'YEAR'] : ['milliseconds', 'DAY'];
  return `The number counts ${counted}, whatever the unit of the INTERVAL; so many of another unit are n * INTERVAL '1' ${unit}.`;
}
