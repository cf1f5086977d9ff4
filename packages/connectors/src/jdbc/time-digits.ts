import { type DataType, formatDataType, isFineTimestamp, type Schema } from '@millrace/model';
import { isMysqlUrl } from '../mysql/url.ts';
import type { OptionIssue } from '../option/description.ts';
import { invalidOption } from '../option/option-values.ts';

/** PostgreSQL and MySQL keep microseconds. */
const DIGITS_MAX = 6;

/** Columns whose times have more digits than the database keeps, whatever the table is used for, as in Flink (`decisions/0076`). */
export function timeDigitsIssues(
  url: string | undefined,
  columns: ReadonlyMap<string, DataType>,
): readonly OptionIssue[] {
  return [...columns].flatMap(([name, type]) => {
    if (!isFineTimestamp(type) || type.precision <= DIGITS_MAX) return [];
    const database = isMysqlUrl(url) ? 'MySQL' : 'PostgreSQL';
    const kept = formatDataType({ ...type, precision: DIGITS_MAX, nullable: true });
    const shown = formatDataType({ ...type, nullable: true });
    const message = `column '${name}' is ${shown}, but ${database} keeps ${DIGITS_MAX} digits of a second: declare it ${kept}`;
    return [{ option: 'table-name', reason: 'invalid', message }];
  });
}

export function checkTimeDigits(url: string | undefined, { fields }: Schema): void {
  const [issue] = timeDigitsIssues(url, new Map(fields.map(({ name, type }) => [name, type])));
  if (issue !== undefined) throw invalidOption(issue.option, issue.message);
}

/** What is wrong with writing a time into a column of `kept` digits, which would round it; undefined when nothing is. */
export function roundedTime(name: string, type: DataType, stored: string, kept: number): string | undefined {
  if (!isFineTimestamp(type) || kept >= type.precision) return undefined;
  const shown = formatDataType({ ...type, nullable: true });
  return `column '${name}' is ${stored} with ${kept} digits of a second, which would round ${shown}: give it ${type.precision} digits`;
}
