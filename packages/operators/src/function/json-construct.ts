import type { Value } from '@millrace/batch';
import { type DataType, StreamError } from '@millrace/model';
import { childrenAt, jsonKeys, skipValue } from './json-path.ts';
import { jsonOf } from './json-text.ts';
import type { ValueFunction } from './value-function.ts';

/** JSON_OBJECT and JSON_ARRAY, and the parts of JSON_OBJECTAGG and JSON_ARRAYAGG: the first argument says how (see the plan's catalogue), the others are keys and values. */
export const JSON_CONSTRUCTORS = {
  'json-object': (types) => {
    return (form, ...parts) => {
      const isAbsent = isAbsentOf(form);
      const members: Member[] = [];
      for (let at = 0; at + 1 < parts.length; at += 2) {
        const value = parts[at + 1] ?? null;
        if (value === null && isAbsent) continue;
        const key = JSON.stringify(String(parts[at]));
        members.push({ key, value: textOf(value, types[at + 2], form, at / 2) });
      }
      return objectOf(members);
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
    const keys = jsonKeys(text);
    const seen = new Set<string>();
    for (const key of keys) {
      if (seen.has(key))
        throw badMember(
          `The key ${key} stands twice in one group of JSON_OBJECTAGG. Group by it too, or use JSON_ARRAYAGG.`,
        );
      seen.add(key);
    }
    const values = childrenAt(text, 0).map((at) => text.slice(at, skipValue(text, at)));
    return objectOf(keys.map((key, at) => ({ key, value: values[at] ?? 'null' })));
  },
} as const satisfies Record<string, (types: readonly DataType[]) => ValueFunction>;

interface Member {
  /** In its quotes. */
  readonly key: string;
  readonly value: string;
}

/** Members stand in the order of their keys, as Flink writes them. */
function objectOf(members: readonly Member[]): string {
  const ordered = members.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return `{${ordered.map(({ key, value }) => `${key}:${value}`).join(',')}}`;
}

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
