import type { Value } from '@millrace/batch';
import { type DataType, isFineTimestamp, msOfTicks } from '@millrace/model';
import { jsonText } from '../formats/json-text.ts';
import { dateText, timestampValueText, timeText } from '../formats/time-text.ts';

const FIRST_MS = Date.parse('1000-01-01T00:00:00Z');
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * A value as it stands in a statement: all digits of numbers, texts and bytes in hexadecimal, so that nothing of a value is ever read as SQL. Undefined:
 * MySQL has no such value (an infinite number, a year it does not know).
 */
export function literalOf(value: Value, type: DataType): string | undefined {
  if (value === null) return 'NULL';
  switch (type.kind) {
    case 'boolean':
      return value === true ? '1' : '0';
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'decimal':
    case 'interval':
      return String(value);
    case 'float':
    case 'double': {
      const text = String(value);
      return Number.isFinite(value) ? (/e/.test(text) ? text : `${text}e0`) : undefined;
    }
    case 'string':
      return textLiteral(String(value));
    case 'bytes':
      return `X'${Buffer.from(value instanceof Uint8Array ? value : []).toString('hex')}'`;
    case 'date':
      return isKnown(Number(value) * 86_400_000) ? `DATE'${dateText(Number(value))}'` : undefined;
    case 'time':
      return `TIME'${timeText(Number(value))}'`;
    case 'timestamp':
    case 'timestamp_ltz': {
      const ms = isFineTimestamp(type) && typeof value === 'bigint' ? msOfTicks(value, type) : Number(value);
      return isKnown(ms) ? `TIMESTAMP'${timestampValueText(value, type)}'` : undefined;
    }
    case 'array':
    case 'map':
    case 'row':
      return textLiteral(jsonText(value, type));
  }
}

export function textLiteral(text: string): string {
  return `_utf8mb4 X'${Buffer.from(text, 'utf8').toString('hex')}'`;
}

function isKnown(ms: number): boolean {
  return ms >= FIRST_MS && ms <= LAST_MS;
}
