import type { DataType } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { castTo } from '../bind/cast.ts';
import { coerce } from '../bind/coerce.ts';
import { integerLiteral, stringLiteral } from '../bind/literal.ts';
import { withNullable } from '../bind/type-rule.ts';
import { type BoundCall, type FunctionDefinition, matchArguments, nullableCall, strictCall } from './definition.ts';
import { define } from './plain-function.ts';

const STRING: DataType = { kind: 'string', nullable: true };
const BOOLEAN: DataType = { kind: 'boolean', nullable: true };
const INT: DataType = { kind: 'integer', nullable: true };

const NULL_TEXT: Expression = { kind: 'literal', value: null, type: STRING };

/** The word the parser put at a place of the arguments. */
function wordAt({ args }: BoundCall, at: number): string {
  const arg = args[at];
  return arg?.kind === 'literal' ? String(arg.value) : '';
}

/** The JSON text and the path; undefined after a report. `most`: with the words of the parser. */
function textAndPath(call: BoundCall, most: number): readonly [Expression, Expression] | undefined {
  const isPlain = call.args.length !== most;
  const args = matchArguments(isPlain ? call : { ...call, args: call.args.slice(0, 2) }, ['string', 'string']);
  const [text, path] = args ?? [];
  return text && path && [text, path];
}

/** What happens where there is nothing (1) and where something is wrong (2), around what is found. */
function withBehaviour(
  pair: readonly [Expression, Expression],
  sought: 'VALUE' | 'QUERY' | 'WRAPPED' | 'EXISTS',
  behaviours: readonly { readonly outcome: 1 | 2; readonly value: Expression }[],
  found: Expression,
): Expression {
  const outcome = strictCall('json-outcome', [...pair, stringLiteral(sought)], INT);
  const branches = behaviours.map(({ outcome: number, value }) => {
    const when: Expression = {
      kind: 'call',
      name: '=',
      args: [outcome, integerLiteral(BigInt(number), 'integer')],
      type: withNullable(BOOLEAN, outcome.type.nullable),
    };
    return { when, value };
  });
  return { kind: 'case', branches, otherwise: found, type: withNullable(found.type, true) };
}

/** As the type of RETURNING: JSON_VALUE gives a scalar, JSON_QUERY also an ARRAY<STRING> of the items. */
function returned(text: Expression, { name, returning, report }: BoundCall): Expression | undefined {
  if (returning?.type === undefined) return text;
  const { type } = returning;
  if (name !== 'JSON_QUERY') return castTo(text, type, true, returning, report);
  if (type.kind === 'string') return text;
  if (type.kind === 'array' && type.element.kind === 'string') return nullableCall('json-items', [text], type);
  return report.error(
    'sql.type-mismatch',
    returning,
    'JSON_QUERY returns STRING or ARRAY<STRING>; cast what is inside.',
  );
}

/** (json, path [, on empty, default, on error, default]) */
function bindJsonValue(call: BoundCall): Expression | undefined {
  const pair = textAndPath(call, 6);
  if (pair === undefined) return undefined;
  const found = nullableCall('json-value', pair, STRING);
  if (call.args.length !== 6) return returned(found, call);
  const behaviourAt = (at: number): Expression => {
    const word = wordAt(call, at);
    if (word === 'ERROR') return nullableCall('json-fail', pair, STRING);
    const value = call.args[at + 1];
    return word === 'NULL' || value === undefined ? NULL_TEXT : coerce(value, STRING);
  };
  const behaviours = [
    { outcome: 1, value: behaviourAt(2) },
    { outcome: 2, value: behaviourAt(4) },
  ] as const;
  return returned(withBehaviour(pair, 'VALUE', behaviours, found), call);
}

/** (json, path [, wrapper, on empty, on error]) */
function bindJsonQuery(call: BoundCall): Expression | undefined {
  const pair = textAndPath(call, 5);
  if (pair === undefined) return undefined;
  if (call.args.length !== 5) return returned(nullableCall('json-query', pair, STRING), call);
  const wrapper = wordAt(call, 2);
  const isWrapped = wrapper !== 'WITHOUT';
  const found = nullableCall('json-query', isWrapped ? [...pair, stringLiteral(wrapper)] : pair, STRING);
  const behaviourAt = (at: number): Expression => {
    const word = wordAt(call, at);
    if (word === 'ERROR') return nullableCall('json-fail', pair, STRING);
    if (word === 'NULL') return NULL_TEXT;
    return stringLiteral(word === 'EMPTY ARRAY' ? '[]' : '{}');
  };
  const behaviours = [
    { outcome: 1, value: behaviourAt(3) },
    { outcome: 2, value: behaviourAt(4) },
  ] as const;
  return returned(withBehaviour(pair, isWrapped ? 'WRAPPED' : 'QUERY', behaviours, found), call);
}

/** (json, path [, on error]) */
function bindJsonExists(call: BoundCall): Expression | undefined {
  const pair = textAndPath(call, 3);
  if (pair === undefined) return undefined;
  const found = nullableCall('json-exists', pair, BOOLEAN);
  if (call.args.length !== 3) return found;
  const word = wordAt(call, 2);
  const failing: Expression = {
    kind: 'cast',
    arg: nullableCall('json-fail', pair, STRING),
    safe: false,
    type: BOOLEAN,
  };
  const fixed: Expression = { kind: 'literal', value: word === 'UNKNOWN' ? null : word === 'TRUE', type: BOOLEAN };
  return withBehaviour(pair, 'EXISTS', [{ outcome: 2, value: word === 'ERROR' ? failing : fixed }], found);
}

const MAKES_JSON: ReadonlySet<string> = new Set([
  'json-object',
  'json-array',
  'json-members',
  'json-elements',
  'json-text',
]);

/** Values that are JSON texts already are put in as they are, as in Flink. */
export function isJsonAlready(expression: Expression | undefined): boolean {
  if (expression?.kind === 'cast') return isJsonAlready(expression.arg);
  return expression?.kind === 'call' && MAKES_JSON.has(expression.name);
}

/** (NULL | ABSENT, key, value, ...) */
function bindJsonObject(call: BoundCall): Expression | undefined {
  const [, ...parts] = call.args;
  const values = parts.filter((_, at) => at % 2 === 1);
  return constructed('json-object', call, parts, values);
}

/** (NULL | ABSENT, value, ...) */
function bindJsonArray(call: BoundCall): Expression | undefined {
  const [, ...values] = call.args;
  return constructed('json-array', call, values, values);
}

function constructed(
  name: 'json-object' | 'json-array',
  call: BoundCall,
  parts: readonly Expression[],
  values: readonly Expression[],
): Expression | undefined {
  if (matchArguments(call, ['any'], { required: 1, repeats: true }) === undefined) return undefined;
  const raw = values.map((value) => (isJsonAlready(value) ? '1' : '0')).join('');
  const form = stringLiteral(`${wordAt(call, 0)} ${raw}`);
  const typed = parts.map((part) => (part.kind === 'literal' && part.value === null ? coerce(part, STRING) : part));
  return { kind: 'call', name, args: [form, ...typed], type: { kind: 'string', nullable: false } };
}

function bindJsonString(call: BoundCall): Expression | undefined {
  const args = matchArguments(call, ['any']);
  return args && strictCall('json-string', args, STRING);
}

/** Functions on JSON in text (SQL:2016, part 6). */
export const JSON_FUNCTIONS: readonly FunctionDefinition[] = [
  {
    name: 'JSON_VALUE',
    group: 'json',
    signatures: [
      "JSON_VALUE(json, '$.path' [RETURNING type] [NULL | ERROR | DEFAULT value ON EMPTY] [... ON ERROR]) -> STRING",
    ],
    help: 'The scalar at a path of a JSON text; NULL if absent.',
    bind: bindJsonValue,
  },
  {
    name: 'JSON_QUERY',
    group: 'json',
    signatures: [
      "JSON_QUERY(json, '$.path' [RETURNING ARRAY<STRING>] [WITH [CONDITIONAL] WRAPPER] [NULL | EMPTY ARRAY | EMPTY OBJECT | ERROR ON EMPTY] [... ON ERROR]) -> STRING",
    ],
    help: 'The object or array at a path of a JSON text; NULL if absent or a scalar. A wrapper puts it into an array.',
    bind: bindJsonQuery,
  },
  {
    name: 'JSON_EXISTS',
    group: 'json',
    signatures: ["JSON_EXISTS(json, '$.path' [TRUE | FALSE | UNKNOWN | ERROR ON ERROR]) -> BOOLEAN"],
    help: 'Whether the path leads somewhere.',
    bind: bindJsonExists,
  },
  {
    name: 'JSON_OBJECT',
    group: 'json',
    signatures: ["JSON_OBJECT([KEY] 'key' VALUE value, ... [NULL | ABSENT ON NULL]) -> STRING"],
    help: 'A JSON object as text; values that are NULL stand in it unless they are ABSENT.',
    bind: bindJsonObject,
  },
  {
    name: 'JSON_ARRAY',
    group: 'json',
    signatures: ['JSON_ARRAY(value, ... [NULL | ABSENT ON NULL]) -> STRING'],
    help: 'A JSON array as text; values that are NULL are left out unless NULL ON NULL is said.',
    bind: bindJsonArray,
  },
  {
    name: 'JSON_STRING',
    group: 'json',
    signatures: ['JSON_STRING(value) -> STRING'],
    help: 'Any value as JSON text.',
    bind: bindJsonString,
  },
  define(
    'JSON',
    'JSON(text) -> STRING',
    'A text that is JSON already, as a value of JSON_OBJECT or JSON_ARRAY; any other fails the record.',
    {
      plan: 'json-text',
      parameters: ['string'],
    },
  ),
  define('JSON_QUOTE', 'JSON_QUOTE(text) -> STRING', 'The text as a JSON string.', {
    plan: 'json-quote',
    parameters: ['string'],
  }),
  define('JSON_UNQUOTE', 'JSON_UNQUOTE(json) -> STRING', 'The text of a JSON string; anything else as it is.', {
    plan: 'json-unquote',
    parameters: ['string'],
  }),
];
