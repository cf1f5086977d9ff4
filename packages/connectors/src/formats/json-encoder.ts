import { type Column, columnKindOf, type RecordBatch, valueAt } from '@millrace/batch';
import { type DataType, type Field, isFineTimestamp } from '@millrace/model';
import { ByteSink } from './byte-sink.ts';
import type { EncodedRows, Encoder } from './format.ts';
import { jsonText } from './json-text.ts';

type Encode = (sink: ByteSink, batch: RecordBatch, starts: Int32Array, ends: Int32Array, help: Help) => void;

const help = {
  nested: (sink: ByteSink, column: Column, type: DataType, row: number) =>
    sink.text(jsonText(valueAt(column, type, row), type)),
  slicesOf: (column: Column) => (column.kind === 'string' ? column.utf8() : column),
};
type Help = typeof help;

/**
 * Columns to one JSON object per selected row, straight into bytes: `{"city":"Shanghai","gmv":12.50}`. Digits
 * are exact, TIMESTAMP is `yyyy-MM-dd HH:mm:ss.SSS` (with a Z when it is TIMESTAMP_LTZ) and beyond precision 3 has the digits that are there
 * (`decisions/0075`), NULL is `null`.
 */
export class JsonEncoder implements Encoder {
  readonly #encode: Encode;
  readonly #sink = new ByteSink();
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);

  /** `columns` are the batch's columns to write, by index. */
  constructor(fields: readonly Field[], columns: readonly number[]) {
    this.#encode = compile(fields, columns);
  }

  encode(batch: RecordBatch): EncodedRows {
    const count = batch.selection?.length ?? batch.rows;
    if (this.#starts.length < count) {
      this.#starts = new Int32Array(count);
      this.#ends = new Int32Array(count);
    }
    this.#sink.at = 0;
    this.#encode(this.#sink, batch, this.#starts, this.#ends, help);
    return { bytes: this.#sink.bytes, starts: this.#starts, ends: this.#ends, count };
  }
}

const compiled = new Map<string, Encode>();
const COMPILED_MAX = 256;

/** Generated functions are kept by schema, as the decoder's are. */
function compile(fields: readonly Field[], columns: readonly number[]): Encode {
  const types = columns.map((index) => fields[index]?.type);
  const code = encoderCode(fields, columns);
  const key = `${JSON.stringify(types)}${code}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  // The text is made by encoderCode alone: numbers and fixed fragments, no part of a name or a value.
  const made = new Function('types', code)(types) as Encode;
  compiled.set(key, made);
  return made;
}

const encoder = new TextEncoder();

/** One pass over the selected rows; field names are literals of bytes, written before each value. */
function encoderCode(fields: readonly Field[], columns: readonly number[]): string {
  const written = columns.flatMap((index, i) => {
    const field = fields[index];
    return field === undefined ? [] : [{ index, i, field }];
  });
  const areLong = written.reduce((bytes, { field, i }) => bytes + nameOf(field, i).length, 0) > NAMES_BYTES_MAX;
  return `
"use strict";
${written.map(({ field, i }) => nameLiteral(field, i)).join('\n')}
return function encodeJson(sink, batch, starts, ends, h) {
  const selection = batch.selection, count = selection === undefined ? batch.rows : selection.length;
  ${written.map(({ field, index, i }) => columnLocals(field.type, index, i)).join('\n  ')}
  for (let k = 0; k < count; k++) {
    const row = selection === undefined ? k : selection[k];
    starts[k] = sink.at;
    ${written.map(({ field, i }) => fieldCode(field, i, areLong ? nameLoop(i) : nameBytes(field, i))).join('\n    ')}
    sink.reserve(2);
    ${written.length === 0 ? 'sink.bytes[sink.at++] = 123;' : ''}
    sink.bytes[sink.at++] = 125;
    ends[k] = sink.at;
  }
};`;
}

/** `{"city":` or `,"gmv":` in bytes; the escaping is JSON's own. */
function nameOf(field: Field, i: number): number[] {
  return [...encoder.encode(`${i === 0 ? '{' : ','}${JSON.stringify(field.name)}:`)];
}

/** Beyond this many bytes of names they are written by loops: a function that is too long is never optimized. */
const NAMES_BYTES_MAX = 2_000;

function nameBytes(field: Field, i: number): string {
  const bytes = nameOf(field, i);
  return `${bytes.map((byte, at) => `out[at + ${at}] = ${byte};`).join(' ')} at += ${bytes.length};`;
}

function nameLoop(i: number): string {
  return `for (let j = 0; j < length${i}; j++) out[at++] = name${i}[j];`;
}

function nameLiteral(field: Field, i: number): string {
  const bytes = nameOf(field, i);
  return `const name${i} = Uint8Array.of(${bytes.join(',')}), length${i} = ${bytes.length};`;
}

function columnLocals(type: DataType, index: number, i: number): string {
  const column = `const c${i} = batch.columns[${index}], n${i} = c${i}.nulls;`;
  const kind = columnKindOf(type);
  if (kind === 'string' || kind === 'bytes') {
    return `${column} const u${i} = h.slicesOf(c${i}), b${i} = u${i}.bytes, s${i} = u${i}.starts, e${i} = u${i}.ends;`;
  }
  return kind === 'int64'
    ? `${column} const v${i} = c${i}.values, w${i} = c${i}.wide;`
    : `${column} const v${i} = c${i}.values;`;
}

function fieldCode({ type }: Field, i: number, name: string): string {
  return `sink.reserve(length${i} + 4);
    { const out = sink.bytes; let at = sink.at; ${name} sink.at = at; }
    if (n${i} !== undefined && n${i}[row] === 1) { const out = sink.bytes; let at = sink.at; out[at] = 110; out[at + 1] = 117; out[at + 2] = 108; out[at + 3] = 108; sink.at = at + 4; }
    else ${valueCode(type, i)}`;
}

function valueCode(type: DataType, i: number): string {
  const value = `v${i}[row]`;
  switch (type.kind) {
    case 'boolean':
      return `sink.text(${value} === 1 ? 'true' : 'false');`;
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'interval':
      return `sink.integer(${value});`;
    case 'bigint':
      return `if (w${i} === undefined) sink.integer(${value}); else sink.wideDecimal(w${i}[row], 0);`;
    case 'decimal':
      return `if (w${i} === undefined) sink.decimal(${value}, ${type.scale}); else sink.wideDecimal(w${i}[row], ${type.scale});`;
    case 'float':
      return `sink.float(${value});`;
    case 'double':
      return `sink.double(${value});`;
    case 'date':
      return `sink.date(${value});`;
    case 'time':
      return `sink.time(${value});`;
    case 'timestamp':
    case 'timestamp_ltz':
      return isFineTimestamp(type)
        ? `sink.ticks(w${i} === undefined ? ${value} : w${i}[row], types[${i}]);`
        : `sink.timestamp(${value}, ${type.kind === 'timestamp_ltz'});`;
    case 'string':
      return `sink.string(b${i}, s${i}[row], e${i}[row]);`;
    case 'bytes':
      return `sink.base64(b${i}, s${i}[row], e${i}[row]);`;
    case 'array':
    case 'map':
    case 'row':
      return `h.nested(sink, c${i}, types[${i}], row);`;
  }
}
