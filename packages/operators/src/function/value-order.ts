import { parseDecimal, type Value } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { compareBytes, compareText } from './text.ts';

/** The order of two values of one type, neither of them NULL; as ORDER BY has it. */
export function orderOf(type: DataType): (a: Value, b: Value) => number {
  switch (type.kind) {
    case 'string':
      return (a, b) => compareText(String(a), String(b));
    case 'decimal':
      return (a, b) => signOf(unscaled(a, type.scale) - unscaled(b, type.scale));
    case 'bytes':
      return (a, b) => (a instanceof Uint8Array && b instanceof Uint8Array ? compareBytes(a, b) : 0);
    default:
      return (a, b) => {
        if (a === null || b === null) return 0;
        return a < b ? -1 : a > b ? 1 : 0;
      };
  }
}

function unscaled(value: Value, scale: number): bigint {
  return parseDecimal(String(value), scale) ?? 0n;
}

function signOf(value: bigint): number {
  return value < 0n ? -1 : value > 0n ? 1 : 0;
}

/** A text that is the same for equal values of one type and no others; NULL is equal to NULL. */
export function keyOfValue(value: Value): string {
  if (value === null) return 'n';
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`;
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => `${keyOfValue(key)}${keyOfValue(item)}`);
    return `{${entries.sort().join('')}}`;
  }
  if (Array.isArray(value)) return `[${value.map(keyOfValue).join('')}]`;
  const text = String(value);
  return `${text.length}:${text}`;
}
