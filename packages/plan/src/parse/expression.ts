import { type DataType, type Field, formatDataType, isFineTimestamp } from '@millrace/model';
import {
  AGGREGATE_FUNCTIONS,
  type AggregateCall,
  type AggregateFunction,
  type Expression,
  type LiteralExpression,
} from '../expression.ts';
import { SCALAR_FUNCTIONS } from '../scalar-function.ts';
import type { UserFunctionRef } from '../user-function.ts';
import type { JsonReader } from './json-reader.ts';
import { isSameType, readType } from './type.ts';

const EXPRESSION_KINDS = ['column', 'literal', 'call', 'user-call', 'cast', 'case'] as const;
/** Expressions inside each other; an evaluator walks them by recursion. */
const NESTING_MAX = 2_000;

/** An expression over `columns`: indexes in range, column types as the input has them, literals of their type. */
export function readExpression(
  reader: JsonReader,
  value: unknown,
  columns: readonly Field[],
  path: string,
  depth = 0,
): Expression | undefined {
  if (depth > NESTING_MAX) return reader.refuse(path, `nests more than ${NESTING_MAX} expressions`);
  const object = reader.object(value, path);
  const kind = object && reader.oneOf(object.kind, EXPRESSION_KINDS, `${path}.kind`);
  const type = object && readType(reader, object.type, `${path}.type`);
  if (object === undefined || kind === undefined || type === undefined) return undefined;
  const read = (part: unknown, at: string) => readExpression(reader, part, columns, at, depth + 1);
  switch (kind) {
    case 'column':
      return readColumn(reader, object.index, type, columns, path);
    case 'literal':
      return readLiteral(reader, object.value, type, path);
    case 'call': {
      const name = reader.oneOf(object.name, SCALAR_FUNCTIONS, `${path}.name`);
      const args = reader.list(object.args, `${path}.args`, read);
      return name === undefined || args === undefined ? undefined : { kind, name, args, type };
    }
    case 'user-call': {
      const of = readFunctionRef(reader, object.function, `${path}.function`);
      const deterministic = reader.boolean(object.deterministic, `${path}.deterministic`);
      const args = reader.list(object.args, `${path}.args`, read);
      if (of === undefined || deterministic === undefined || args === undefined) return undefined;
      return { kind, function: of, deterministic, args, type };
    }
    case 'cast': {
      const safe = reader.boolean(object.safe, `${path}.safe`);
      const arg = read(object.arg, `${path}.arg`);
      return safe === undefined || arg === undefined ? undefined : { kind, arg, safe, type };
    }
    case 'case': {
      const branches = reader.list(object.branches, `${path}.branches`, (item, at) => {
        const branch = reader.object(item, at);
        const when = branch && read(branch.when, `${at}.when`);
        const then = branch && read(branch.value, `${at}.value`);
        return when === undefined || then === undefined ? undefined : { when, value: then };
      });
      const otherwise = read(object.otherwise, `${path}.otherwise`);
      return branches === undefined || otherwise === undefined ? undefined : { kind, branches, otherwise, type };
    }
  }
}

/** Which function; whether there is one is asked when the whole node is read: see `checkCalls`. */
function readFunctionRef(reader: JsonReader, value: unknown, path: string): UserFunctionRef | undefined {
  const object = reader.object(value, path);
  const name = object && reader.string(object.name, `${path}.name`);
  const hash = object && reader.string(object.hash, `${path}.hash`);
  return name === undefined || hash === undefined ? undefined : { name, hash };
}

function readColumn(
  reader: JsonReader,
  value: unknown,
  type: DataType,
  columns: readonly Field[],
  path: string,
): Expression | undefined {
  const index = reader.whole(value, `${path}.index`, 0, columns.length - 1);
  const column = index === undefined ? undefined : columns[index];
  if (index === undefined || column === undefined) return undefined;
  if (!isSameType(column.type, type)) {
    return reader.refuse(path, `column ${column.name} is ${formatDataType(column.type)}, not ${formatDataType(type)}`);
  }
  return { kind: 'column', index, type };
}

function readLiteral(reader: JsonReader, value: unknown, type: DataType, path: string): LiteralExpression | undefined {
  if (value === null || (isPlain(value) && isLiteralOf(value, type))) return { kind: 'literal', value, type };
  return reader.refuse(`${path}.value`, `is not a literal of ${formatDataType(type)}`);
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isLiteralOf(value: string | number | boolean, type: DataType): boolean {
  switch (type.kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'bigint':
      return typeof value === 'string' && /^-?\d{1,19}$/.test(value);
    case 'decimal':
      return typeof value === 'string' && /^-?\d{1,39}(\.\d{1,38})?$/.test(value);
    case 'string':
    case 'bytes':
      return typeof value === 'string';
    case 'float':
    case 'double':
      return typeof value === 'number';
    case 'array':
    case 'map':
    case 'row':
      return false;
    default:
      return isFineTimestamp(type)
        ? typeof value === 'string' && /^-?\d{1,24}$/.test(value)
        : Number.isSafeInteger(value);
  }
}

/** An aggregate over `columns`. JSON has no undefined: an absent argument or filter is left out there. */
export function readAggregate(
  reader: JsonReader,
  value: unknown,
  columns: readonly Field[],
  path: string,
): AggregateCall | undefined {
  const object = reader.object(value, path);
  const name = object && reader.oneOf(object.name, AGGREGATE_FUNCTIONS, `${path}.name`);
  const type = object && readType(reader, object.type, `${path}.type`);
  if (object === undefined || name === undefined || type === undefined) return undefined;
  const reasons = reader.reasons.length;
  const arg = object.arg === undefined ? undefined : readExpression(reader, object.arg, columns, `${path}.arg`);
  const filter =
    object.filter === undefined ? undefined : readExpression(reader, object.filter, columns, `${path}.filter`);
  if (arg === undefined && object.arg === undefined && name !== 'count')
    return reader.refuse(`${path}.arg`, `${name} needs an argument`);
  if (filter !== undefined && filter.type.kind !== 'boolean') return reader.refuse(`${path}.filter`, 'must be BOOLEAN');
  if (object.distinct !== undefined && object.distinct !== true)
    reader.refuse(`${path}.distinct`, 'must be true or absent');
  const distinct = object.distinct === true ? { distinct: true as const } : {};
  const isUser = name === 'user';
  if (isUser !== (object.function !== undefined))
    return reader.refuse(`${path}.function`, isUser ? 'must name the aggregate' : `${name} names no function`);
  const of = isUser ? readFunctionRef(reader, object.function, `${path}.function`) : undefined;
  if (isUser && arg?.type.kind !== 'row') return reader.refuse(`${path}.arg`, 'must be a ROW of the arguments');
  const named = of === undefined ? {} : { function: of };
  const parameter = readParameter(reader, name, object.parameter, `${path}.parameter`);
  const meaning = object.meaning === undefined ? undefined : reader.string(object.meaning, `${path}.meaning`);
  const told = meaning === undefined ? {} : { meaning };
  if (reader.reasons.length > reasons) return undefined;
  return { name, arg, filter, ...distinct, ...parameter, ...named, ...told, type };
}

function readParameter(reader: JsonReader, name: AggregateFunction, value: unknown, path: string) {
  if (value === undefined) return name === 'percentile' ? reader.refuse(path, 'percentile needs a fraction') : {};
  switch (name) {
    case 'listagg': {
      const parameter = reader.string(value, path);
      return parameter === undefined ? undefined : { parameter };
    }
    case 'lag': {
      const parameter = reader.whole(value, path, 0, 1_000_000);
      return parameter === undefined ? undefined : { parameter };
    }
    case 'percentile':
      if (isFraction(value)) return { parameter: value };
      if (Array.isArray(value) && value.every(isFraction)) return { parameter: value };
      return reader.refuse(path, 'must be a number from 0 to 1, or a list of such');
    default:
      return reader.refuse(path, `${name} takes no parameter`);
  }
}

function isFraction(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
