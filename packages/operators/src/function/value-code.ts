import type { Value } from '@millrace/batch';

/*
 * A value of any type as text from which it can be read again: equal values of one type, and no others, have equal texts, so that arrays, maps
 * and rows can be keys. The entries of a map stand in the order of their texts.
 */

export function encodeValue(value: Value): string {
  if (value === null) return 'n';
  switch (typeof value) {
    case 'boolean':
      return value ? 't' : 'f';
    case 'number':
      return `d${value};`;
    case 'bigint':
      return `i${value};`;
    case 'string':
      return `s${value.length}:${value}`;
    default:
  }
  if (value instanceof Uint8Array) return `x${value.length}:${Buffer.from(value).toString('latin1')}`;
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => `${encodeValue(key)}${encodeValue(item)}`);
    return `m${entries.length}:${entries.sort().join('')}`;
  }
  const items = Array.isArray(value) ? value.map(encodeValue) : [];
  return `a${items.length}:${items.join('')}`;
}

/** What `encodeValue` was given; the text comes from nowhere else. */
export function decodeValue(code: string): Value {
  return new CodeReader(code).value();
}

class CodeReader {
  readonly #code: string;
  #at = 0;

  constructor(code: string) {
    this.#code = code;
  }

  value(): Value {
    switch (this.#code[this.#at++]) {
      case 't':
        return true;
      case 'f':
        return false;
      case 'd':
        return Number(this.#upTo(';'));
      case 'i':
        return BigInt(this.#upTo(';'));
      case 's':
        return this.#take(Number(this.#upTo(':')));
      case 'x':
        return new Uint8Array(Buffer.from(this.#take(Number(this.#upTo(':'))), 'latin1'));
      case 'a':
        return this.#values(Number(this.#upTo(':')));
      case 'm': {
        const flat = this.#values(2 * Number(this.#upTo(':')));
        return new Map(flat.flatMap((key, at) => (at % 2 === 0 ? [[key, flat[at + 1] ?? null] as const] : [])));
      }
      default:
        return null;
    }
  }

  #values(count: number): Value[] {
    return Array.from({ length: count }, () => this.value());
  }

  #upTo(end: string): string {
    const from = this.#at;
    const to = this.#code.indexOf(end, from);
    this.#at = to + 1;
    return this.#code.slice(from, to);
  }

  #take(length: number): string {
    const from = this.#at;
    this.#at = from + length;
    return this.#code.slice(from, this.#at);
  }
}
