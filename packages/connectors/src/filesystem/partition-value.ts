import { formatDecimal, type Value } from '@millrace/batch';
import { type DataType, formatDataType, isFineTimestamp } from '@millrace/model';
import { integerOfText, numberOfText } from '../formats/json-scalar.ts';
import { dateText, timestampValueText } from '../formats/time-text.ts';

/** Types that have one text each, whatever the time zone or the machine. */
const ALLOWED: ReadonlySet<DataType['kind']> = new Set([
  'string',
  'boolean',
  'tinyint',
  'smallint',
  'integer',
  'bigint',
  'decimal',
  'date',
  'timestamp',
]);

/** What is wrong with a PARTITIONED BY column of this type; undefined when nothing is. */
export function partitionTypeProblem(name: string, type: DataType): string | undefined {
  if (ALLOWED.has(type.kind)) return undefined;
  const shown = formatDataType({ ...type, nullable: true });
  return `${name} is ${shown}, which names no folder: partition by STRING, BOOLEAN, whole numbers, DECIMAL, DATE or TIMESTAMP, such as DATE_FORMAT(..., 'yyyy-MM-dd')`;
}

/** A value as the text in the name of its folder; NULL is null. */
export function partitionText(value: Value, type: DataType): string | null {
  if (value === null) return null;
  if (type.kind === 'date') return dateText(Number(value));
  // Hive writes no fraction where there is none.
  return type.kind === 'timestamp' ? timestampValueText(value, type).replace(/\.000$/, '') : String(value);
}

/** The value a text stands for; undefined when it is none of the type. */
export function partitionValue(text: string | null, type: DataType): Value | undefined {
  if (text === null) return type.nullable ? null : undefined;
  switch (type.kind) {
    case 'string':
      return text;
    case 'bigint':
      return integerOfText(text, type);
    case 'decimal': {
      const unscaled = integerOfText(text, type);
      return unscaled === undefined ? undefined : formatDecimal(unscaled, type.scale);
    }
    case 'boolean': {
      const number = numberOfText(text, type);
      return number === undefined ? undefined : number === 1;
    }
    default:
      return isFineTimestamp(type) ? integerOfText(text, type) : numberOfText(text, type);
  }
}
