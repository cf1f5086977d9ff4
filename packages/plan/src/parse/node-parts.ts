import type { Field, OperatorId, Schema } from '@millrace/model';
import type { Expression } from '../expression.ts';
import type { LogicalNode } from '../logical-plan.ts';
import type { SortColumn } from '../nodes/node.ts';
import type { TimeRef } from '../nodes/window-spec.ts';
import { readExpression } from './expression.ts';
import type { JsonReader } from './json-reader.ts';

const DURATION_MAX_MS = Number.MAX_SAFE_INTEGER;

/** What every node has, already read. */
export interface Common {
  readonly id: OperatorId;
  readonly label: string;
  readonly schema: Schema;
}

/** Reads the parts of one node by name; the nodes before it are known. A part that is wrong gives undefined and is told. */
export class NodeParts {
  readonly reader: JsonReader;
  readonly object: Readonly<Record<string, unknown>>;
  readonly path: string;
  readonly #known: ReadonlyMap<OperatorId, LogicalNode>;
  /** Ids of nodes already refused: who reads them is not blamed again. */
  readonly #refused: ReadonlySet<unknown>;

  constructor(
    reader: JsonReader,
    object: Readonly<Record<string, unknown>>,
    path: string,
    known: ReadonlyMap<OperatorId, LogicalNode>,
    refused: ReadonlySet<unknown>,
  ) {
    this.reader = reader;
    this.object = object;
    this.path = path;
    this.#known = known;
    this.#refused = refused;
  }

  refuse(part: string, reason: string): undefined {
    return this.reader.refuse(`${this.path}.${part}`, reason);
  }

  input(name = 'input'): LogicalNode | undefined {
    return this.inputNamed(this.object[name], `${this.path}.${name}`);
  }

  inputNamed(value: unknown, path: string): LogicalNode | undefined {
    const id = this.reader.string(value, path);
    if (id === undefined) return undefined;
    const node = this.#known.get(id as OperatorId);
    if (node === undefined && this.#refused.has(id)) return undefined;
    if (node === undefined) return this.reader.refuse(path, `${id} is no node before this one`);
    return node.kind === 'sink' ? this.reader.refuse(path, `${id} is a sink`) : node;
  }

  column(name: string, of: Schema): number | undefined {
    return this.reader.whole(this.object[name], `${this.path}.${name}`, 0, of.fields.length - 1);
  }

  columns(name: string, of: Schema): readonly number[] | undefined {
    const last = of.fields.length - 1;
    return this.reader.list(this.object[name], `${this.path}.${name}`, (item, at) =>
      this.reader.whole(item, at, 0, last),
    );
  }

  /** A column that must be the event-time attribute of `of`. */
  eventTime(name: string, of: Schema): number | undefined {
    const column = this.column(name, of);
    if (column === undefined || of.eventTime === column) return column;
    return this.refuse(name, "must be the input's event time");
  }

  time(name: string, of: Schema): TimeRef | undefined {
    return this.object[name] === 'processing' ? 'processing' : this.eventTime(name, of);
  }

  expression(name: string, columns: readonly Field[]): Expression | undefined {
    return readExpression(this.reader, this.object[name], columns, `${this.path}.${name}`);
  }

  condition(name: string, columns: readonly Field[]): Expression | undefined {
    const condition = this.expression(name, columns);
    if (condition === undefined || condition.type.kind === 'boolean') return condition;
    return this.refuse(name, 'must be BOOLEAN');
  }

  expressions(name: string, columns: readonly Field[]): readonly Expression[] | undefined {
    return this.reader.list(this.object[name], `${this.path}.${name}`, (item, at) =>
      readExpression(this.reader, item, columns, at),
    );
  }

  boolean(name: string): boolean | undefined {
    return this.reader.boolean(this.object[name], `${this.path}.${name}`);
  }

  oneOf<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    return this.reader.oneOf(this.object[name], words, `${this.path}.${name}`);
  }

  count(name: string, min: number): number | undefined {
    return this.reader.whole(this.object[name], `${this.path}.${name}`, min, Number.MAX_SAFE_INTEGER);
  }

  duration(name: string, min = 0): number | undefined {
    return this.reader.whole(this.object[name], `${this.path}.${name}`, min, DURATION_MAX_MS);
  }

  /** `{ stateTtlMs }`, or nothing when it is absent. */
  remembering(): { readonly stateTtlMs?: number } | undefined {
    if (this.object.stateTtlMs === undefined) return {};
    const stateTtlMs = this.duration('stateTtlMs');
    return stateTtlMs === undefined ? undefined : { stateTtlMs };
  }

  order(of: Schema): readonly SortColumn[] | undefined {
    return this.reader.list(this.object.order, `${this.path}.order`, (item, at) => {
      const object = this.reader.object(item, at);
      if (object === undefined) return undefined;
      const column = this.reader.whole(object.column, `${at}.column`, 0, of.fields.length - 1);
      const descending = this.reader.boolean(object.descending, `${at}.descending`);
      const nullsLast = this.reader.boolean(object.nullsLast, `${at}.nullsLast`);
      if (column === undefined || descending === undefined || nullsLast === undefined) return undefined;
      return { column, descending, nullsLast };
    });
  }
}

/** True when no part is undefined: all of them could be read. */
export function complete<Parts extends Readonly<Record<string, unknown>>>(
  parts: Parts,
): parts is Parts & { readonly [Name in keyof Parts]: Exclude<Parts[Name], undefined> } {
  return Object.values(parts).every((part) => part !== undefined);
}
