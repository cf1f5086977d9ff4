import type { Value } from '@millrace/batch';
import { type DataType, StreamError } from '@millrace/model';
import { jsonKeys } from './json-path.ts';
import { jsonOf } from './json-text.ts';
import type { ValueFunction } from './value-function.ts';

/** JSON_OBJECT and JSON_ARRAY, and the parts of JSON_OBJECTAGG and JSON_ARRAYAGG: the first argument says how (see the plan's catalogue), the others are keys and values. */
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
  'json-item': (types) => (form, value) => (isLeftOut(form, value) ? null : textOf(value ?? null, types[1], form, 0)),
  'json-member': (types) => (form, key, value) => {
    if (key === null)
      throw badMember('A key of JSON_OBJECTAGG is NULL. Filter such rows out: FILTER (WHERE key IS NOT NULL).');
    return isLeftOut(form, value) ? null : `${JSON.stringify(String(key))}:${textOf(value ?? null, types[2], form, 0)}`;
  },
  'json-elements': () => (items) => `[${items}]`,
  'json-members': () => (members) => {
    const text = `{${members}}`;
    const seen = new Set<string>();
    for (const key of jsonKeys(text)) {
      if (seen.has(key))
        throw badMember(
          `The key ${key} stands twice in one group of JSON_OBJECTAGG. Group by it too, or use JSON_ARRAYAGG.`,
        );
      seen.add(key);
    }
    return text;
  },
} as const satisfies Record<string, (types: readonly DataType[]) => ValueFunction>;

function isLeftOut(form: Value, value: Value | undefined): boolean {
  return (value ?? null) === null && isAbsentOf(form);
}

function badMember(message: string): StreamError {
  return new StreamError('expression.json', message, { domain: 'user', retry: 'never' });
}

function isAbsentOf(form: Value): boolean {
  return String(form).startsWith('ABSENT');
}

/** Of a value that is JSON already, the text itself. */
function textOf(value: Value, type: DataType | undefined, form: Value, at: number): string {
  if (value === null || type === undefined) return 'null';
  const [, raw = ''] = String(form).split(' ');
  return raw[at] === '1' ? String(value) : jsonOf(value, type);
}
