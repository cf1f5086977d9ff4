import type { Value } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { jsonOf } from './json-text.ts';
import type { ValueFunction } from './value-function.ts';

/** JSON_OBJECT and JSON_ARRAY: the first argument says how (see the plan's catalogue), the others are keys and values. Never NULL. */
export const JSON_CONSTRUCTORS = {
  'json-object': (types) => {
    return (form, ...parts) => {
      const isAbsent = isAbsentOf(form);
      const entries: string[] = [];
      for (let at = 0; at + 1 < parts.length; at += 2) {
        const value = parts[at + 1] ?? null;
        if (value === null && isAbsent) continue;
        entries.push(`${JSON.stringify(String(parts[at]))}:${textOf(value, types[at + 2], form, at / 2)}`);
      }
      return `{${entries.join(',')}}`;
    };
  },
  'json-array': (types) => {
    return (form, ...values) => {
      const isAbsent = isAbsentOf(form);
      const items = values.flatMap((value, at) =>
        value === null && isAbsent ? [] : [textOf(value, types[at + 1], form, at)],
      );
      return `[${items.join(',')}]`;
    };
  },
} as const satisfies Record<string, (types: readonly DataType[]) => ValueFunction>;

function isAbsentOf(form: Value): boolean {
  return String(form).startsWith('ABSENT');
}

/** Of a value that is JSON already, the text itself. */
function textOf(value: Value, type: DataType | undefined, form: Value, at: number): string {
  if (value === null || type === undefined) return 'null';
  const [, raw = ''] = String(form).split(' ');
  return raw[at] === '1' ? String(value) : jsonOf(value, type);
}
