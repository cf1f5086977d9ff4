import { type DataType, type Field, multisetType } from '@millrace/model';
import type { TypeRef } from '../ast.ts';
import type { Span } from '../source-text.ts';
import type { Cursor } from './cursor.ts';
import { parseIntervalType } from './interval-type.ts';

export const TYPE_NAMES = [
  'BOOLEAN', 'TINYINT', 'SMALLINT', 'INT', 'INTEGER', 'BIGINT', 'FLOAT', 'DOUBLE', 'DECIMAL', 'NUMERIC', 'DEC', 'STRING',
  'VARCHAR', 'CHAR', 'BYTES', 'VARBINARY', 'BINARY', 'DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMP_LTZ', 'INTERVAL', 'ARRAY', 'MAP', 'MULTISET', 'ROW',
] as const; // biome-ignore format: a table

/** The greatest precision of a decimal, as in Flink. */
const DECIMAL_PRECISION_MAX = 38;
/** Digits of a second: TIME has milliseconds as in Flink. */
const PRECISION_MAX = { TIME: 3, TIMESTAMP: 9, TIMESTAMP_LTZ: 9 } as const;
const PRECISION_USUAL = { TIME: 0, TIMESTAMP: 6, TIMESTAMP_LTZ: 6 } as const;

/**
 * type := base [NOT NULL | NULL] {{ARRAY | MULTISET} [NOT NULL]}
 * VARCHAR(n), CHAR(n) are STRING and VARBINARY(n), BINARY(n) are BYTES: columns do not enforce a length, a cast cuts a text to it.
 */
export function parseType(cursor: Cursor): TypeRef {
  const first = cursor.token;
  const text = lengthAhead(cursor);
  let type = cursor.nested(() => parseBase(cursor));
  type = parseNullability(cursor, type);
  for (;;) {
    if (cursor.accept('ARRAY')) type = type && { kind: 'array', element: type, nullable: true };
    else if (cursor.accept('MULTISET')) type = type && multisetType(type, true);
    else break;
    type = parseNullability(cursor, type);
  }
  return { type, ...(type?.kind === 'string' ? text : {}), ...cursor.since(first) };
}

/** The length that follows CHAR or VARCHAR; CHAR alone is CHAR(1). */
function lengthAhead(cursor: Cursor): Pick<TypeRef, 'length' | 'isFilled'> {
  const { word } = cursor.token;
  if (word !== 'CHAR' && word !== 'VARCHAR') return {};
  const isFilled = word === 'CHAR';
  const [open, number] = [cursor.ahead(1), cursor.ahead(2)];
  if (open.text === '(' && number.kind === 'number') return { length: Number(number.text), isFilled };
  return isFilled ? { length: 1, isFilled } : {};
}

function parseNullability(cursor: Cursor, type: DataType | undefined): DataType | undefined {
  if (cursor.accept('NOT', 'NULL')) return type && { ...type, nullable: false };
  // NULL ON EMPTY belongs to JSON_VALUE.
  if (cursor.ahead(1).word !== 'ON') cursor.accept('NULL');
  return type;
}

function parseBase(cursor: Cursor): DataType | undefined {
  cursor.expects('type');
  const first = cursor.token;
  if (first.kind !== 'word') return cursor.fail('a type such as INT or STRING', TYPE_NAMES);
  const nullable = true;
  switch (first.word) {
    case 'BOOLEAN':
      cursor.advance();
      return { kind: 'boolean', nullable };
    case 'TINYINT':
    case 'SMALLINT':
    case 'BIGINT':
    case 'DATE':
      cursor.advance();
      return { kind: integerOrDate[first.word], nullable };
    case 'INT':
    case 'INTEGER':
      cursor.advance();
      return { kind: 'integer', nullable };
    case 'FLOAT':
      cursor.advance();
      return { kind: 'float', nullable };
    case 'DOUBLE':
      cursor.advance();
      cursor.accept('PRECISION');
      return { kind: 'double', nullable };
    case 'STRING':
      cursor.advance();
      return { kind: 'string', nullable };
    case 'BYTES':
      cursor.advance();
      return { kind: 'bytes', nullable };
    case 'VARCHAR':
    case 'CHAR':
    case 'VARBINARY':
    case 'BINARY':
      return parseLengthType(cursor, first.word);
    case 'DECIMAL':
    case 'DEC':
    case 'NUMERIC':
      return parseDecimal(cursor);
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return parseTime(cursor, first.word);
    case 'ARRAY':
      return parseArray(cursor);
    case 'MAP':
      return parseMap(cursor);
    case 'MULTISET':
      return parseMultiset(cursor);
    case 'ROW':
      return parseRow(cursor);
    case 'INTERVAL':
      return parseIntervalType(cursor);
    case 'RAW':
    case 'VARIANT':
      return cursor.unsupported(first, `The type ${first.word}`, 'use STRING or BIGINT');
    default:
      return cursor.fail('a type such as INT or STRING', TYPE_NAMES);
  }
}

const integerOrDate = { TINYINT: 'tinyint', SMALLINT: 'smallint', BIGINT: 'bigint', DATE: 'date' } as const;

function parseLengthType(cursor: Cursor, word: 'VARCHAR' | 'CHAR' | 'VARBINARY' | 'BINARY'): DataType {
  cursor.advance();
  const length = parseNumbers(cursor, 1)[0];
  if (length !== undefined && length.value < 1) {
    cursor.report.error('sql.invalid-type', length, `The length of ${word} is at least 1.`);
  }
  return { kind: word.endsWith('CHAR') ? 'string' : 'bytes', nullable: true };
}

function parseDecimal(cursor: Cursor): DataType | undefined {
  cursor.advance();
  const [precision, scale] = parseNumbers(cursor, 2);
  const p = precision?.value ?? 10;
  const s = scale?.value ?? 0;
  if (precision !== undefined && (p < 1 || p > DECIMAL_PRECISION_MAX)) {
    return cursor.report.error(
      'sql.invalid-type',
      precision,
      `The precision of DECIMAL is 1 to ${DECIMAL_PRECISION_MAX}.`,
    );
  }
  if (scale !== undefined && s > p) {
    return cursor.report.error('sql.invalid-type', scale, `The scale of DECIMAL is 0 to its precision, here ${p}.`);
  }
  return { kind: 'decimal', precision: p, scale: s, nullable: true };
}

function parseTime(cursor: Cursor, word: keyof typeof PRECISION_MAX): DataType | undefined {
  const first = cursor.advance();
  const digits = parseNumbers(cursor, 1)[0];
  let kind: 'time' | 'timestamp' | 'timestamp_ltz' = 'time';
  if (word !== 'TIME') kind = word === 'TIMESTAMP' ? 'timestamp' : 'timestamp_ltz';
  const until = cursor.since(first);
  if (kind === 'timestamp' && cursor.accept('WITH', 'LOCAL', 'TIME', 'ZONE')) kind = 'timestamp_ltz';
  else if (cursor.accept('WITHOUT', 'TIME', 'ZONE')) kind = kind === 'time' ? 'time' : 'timestamp';
  else if (cursor.follows('WITH', 'TIME', 'ZONE')) {
    cursor.unsupported(cursor.since(first), 'TIMESTAMP WITH TIME ZONE', 'use TIMESTAMP_LTZ(3)');
  }
  const precision = digits?.value ?? PRECISION_USUAL[word];
  const max = PRECISION_MAX[word];
  if (precision <= max) return { kind, precision, nullable: true };
  const insert = `${word}(${max})`;
  const fix = { title: `Change to ${insert}`, insert, from: until.from, to: until.to };
  return cursor.report.error('sql.invalid-type', until, `The precision of ${word} is 0 to ${max}: use ${insert}.`, fix);
}

/** [ '(' number {',' number} ')' ] */
function parseNumbers(cursor: Cursor, max: number): readonly (Span & { readonly value: number })[] {
  if (!cursor.accept('(')) return [];
  const numbers = cursor.list(() => {
    const token = cursor.token;
    if (token.kind !== 'number' || !/^\d{1,9}$/.test(token.text)) cursor.fail('a whole number');
    cursor.advance();
    return { value: Number(token.text), from: token.from, to: token.to };
  });
  const extra = numbers[max];
  if (extra !== undefined)
    cursor.refuse('sql.invalid-type', extra, `Only ${max === 1 ? 'one number' : `${max} numbers`} here.`);
  cursor.expect(')');
  return numbers;
}

function parseArray(cursor: Cursor): DataType | undefined {
  cursor.advance();
  cursor.expect('<');
  const { type } = parseType(cursor);
  cursor.expect('>');
  return type && { kind: 'array', element: type, nullable: true };
}

function parseMultiset(cursor: Cursor): DataType | undefined {
  cursor.advance();
  cursor.expect('<');
  const { type } = parseType(cursor);
  cursor.expect('>');
  return type && multisetType(type, true);
}

function parseMap(cursor: Cursor): DataType | undefined {
  cursor.advance();
  cursor.expect('<');
  const { type: key } = parseType(cursor);
  cursor.expect(',');
  const { type: value } = parseType(cursor);
  cursor.expect('>');
  return key && value && { kind: 'map', key, value, nullable: true };
}

/** ROW<name type ['comment'], ...> or ROW(name type, ...) */
function parseRow(cursor: Cursor): DataType | undefined {
  cursor.advance();
  const close = cursor.accept('(') ? ')' : '>';
  if (close === '>') cursor.expect('<');
  const fields = cursor.list((): Field | undefined => {
    const name = cursor.name('a field name');
    const { type } = parseType(cursor);
    if (cursor.token.kind === 'string') cursor.advance();
    return type && { name: name.text, type };
  });
  cursor.expect(close);
  const known = fields.filter((field) => field !== undefined);
  return known.length === fields.length ? { kind: 'row', fields: known, nullable: true } : undefined;
}
