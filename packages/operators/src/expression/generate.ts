import { columnKindOf, type Nulls, type RecordBatch } from '@millrace/batch';
import type { Schema } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { columnsRead, shapeKey, shapesOf } from './batch-shape.ts';
import { Emitter } from './emitter.ts';
import { RUNTIME } from './runtime.ts';
import { BAIL } from './scope.ts';

/** Values, and nulls if the expression can be NULL, of one output; what `store` of `generate` fills. */
export interface Target {
  readonly values: Uint8Array | Int32Array | Float64Array | unknown[];
  readonly nulls: Uint8Array;
}

/** `rows` are the selected row numbers, undefined for all. Returns how many rows passed, or BAIL. */
type Loop = (
  batch: RecordBatch,
  rows: Int32Array | undefined,
  targets: readonly Target[],
  selected: Int32Array,
  now: number,
) => number;

interface Variant {
  readonly narrow: Loop | undefined;
  wide: Loop | undefined;
}

/** More shapes than this are rare (a batch seldom changes which columns have NULLs); then all are made again. */
const VARIANTS_MAX = 64;

/**
 * One loop for a set of expressions, generated per shape of batch when it first comes. `predicate` keeps the rows for
 * which it is true; `outputs` are stored at their row numbers.
 */
export class GeneratedLoop {
  readonly #schema: Schema;
  readonly #owner: string;
  readonly #predicate: Expression | undefined;
  readonly #outputs: readonly Expression[];
  readonly #columns: readonly number[];
  readonly #variants = new Map<string, Variant>();

  constructor(schema: Schema, owner: string, predicate: Expression | undefined, outputs: readonly Expression[]) {
    this.#schema = schema;
    this.#owner = owner;
    this.#predicate = predicate;
    this.#outputs = outputs;
    this.#columns = columnsRead(predicate === undefined ? outputs : [predicate, ...outputs]);
  }

  /**
   * Runs over the selected rows. `targetsFor(wide)` makes fresh targets; when narrow arithmetic is not exact on this
   * batch everything is computed again with bigint.
   */
  run(
    batch: RecordBatch,
    selected: Int32Array,
    now: number,
    targetsFor: (wide: boolean) => readonly Target[],
  ): { readonly count: number; readonly targets: readonly Target[] } {
    const variant = this.#variantFor(batch);
    if (variant.narrow !== undefined) {
      const targets = targetsFor(false);
      const count = variant.narrow(batch, batch.selection, targets, selected, now);
      if (count !== BAIL) return { count, targets };
    }
    variant.wide ??= this.#compile(batch, true);
    const targets = targetsFor(true);
    const count = variant.wide?.(batch, batch.selection, targets, selected, now) ?? 0;
    return { count, targets };
  }

  #variantFor(batch: RecordBatch): Variant {
    const key = shapeKey(batch, this.#columns);
    const known = this.#variants.get(key);
    if (known !== undefined) return known;
    if (this.#variants.size >= VARIANTS_MAX) this.#variants.clear();
    const variant = { narrow: this.#compile(batch, false), wide: undefined };
    this.#variants.set(key, variant);
    return variant;
  }

  /** Undefined when nothing exact can be done narrow. */
  #compile(batch: RecordBatch, wide: boolean): Loop | undefined {
    const shapes = shapesOf(batch, this.#columns);
    const emitter = new Emitter(this.#schema, shapes, wide, this.#owner);
    this.#body(emitter);
    if (emitter.needsWide) return undefined;
    const { constants, text } = emitter.writer;
    const lines = [
      ...constants.map((_, at) => `const k${at} = K[${at}];`),
      `return (batch, rows, T, selected, now) => {`,
      ...this.#columns.flatMap((index) => this.#load(index)),
      ...this.#outputs.map((_, at) => `const o${at} = T[${at}].values, n${at} = T[${at}].nulls;`),
      'let count = 0;',
      batch.selection === undefined
        ? 'const height = batch.rows; for (let i = 0; i < height; i++) {'
        : 'const height = rows.length; for (let at = 0; at < height; at++) { const i = rows[at];',
      text,
      '} return count; };',
    ];
    return functionOf<Loop>(lines.join('\n'), constants);
  }

  #body(emitter: Emitter): void {
    const conditions = conjuncts(this.#predicate);
    for (const condition of conditions) {
      const { value, isNull } = emitter.emit(condition);
      emitter.writer.line(isNull === 'false' ? `if (!${value}) continue;` : `if (${isNull} || !${value}) continue;`);
    }
    for (const [at, output] of this.#outputs.entries()) {
      const { value, isNull } = emitter.emit(output);
      const stored = columnKindOf(output.type) === 'boolean' ? `${value} ? 1 : 0` : value;
      if (isNull === 'false') emitter.writer.line(`o${at}[i] = ${stored};`);
      else emitter.writer.line(`if (${isNull}) n${at}[i] = 1; else o${at}[i] = ${stored};`);
    }
    emitter.writer.line(this.#predicate === undefined ? 'count++;' : 'selected[count++] = i;');
  }

  #load(index: number): string[] {
    const type = this.#schema.fields[index]?.type;
    const source = `batch.columns[${index}]`;
    const nulls = `const u${index} = ${source}.nulls;`;
    if (type?.kind === 'string') {
      // Slices are asked for only where the shape says that they exist.
      const slices = `const f${index} = ${source}.hasUtf8 ? ${source}.utf8() : undefined, b${index} = f${index}?.bytes, s${index} = f${index}?.starts, e${index} = f${index}?.ends;`;
      return [nulls, `const c${index} = ${source};`, slices];
    }
    if (type?.kind === 'bytes') {
      return [nulls, `const b${index} = ${source}.bytes, s${index} = ${source}.starts, e${index} = ${source}.ends;`];
    }
    return [nulls, `const c${index} = ${source}.wide ?? ${source}.values;`];
  }
}

/** The arguments of a top-level AND: each may end the row on its own, because NULL and false both drop it. */
export function conjuncts(predicate: Expression | undefined): readonly Expression[] {
  if (predicate === undefined) return [];
  if (predicate.kind === 'call' && predicate.name === 'and') return predicate.args.flatMap(conjuncts);
  return [predicate];
}

const FACTORIES_MAX = 512;
type Factory = (constants: readonly unknown[], runtime: typeof RUNTIME) => unknown;
const factories = new Map<string, Factory>();

/** The function that `text` returns. Plans that differ only in constants and names share one compiled text. */
export function functionOf<Made>(text: string, constants: readonly unknown[]): Made {
  let factory = factories.get(text);
  if (factory === undefined) {
    if (factories.size >= FACTORIES_MAX) factories.clear();
    factory = new Function('K', 'R', `'use strict';\n${text}`) as Factory;
    factories.set(text, factory);
  }
  return factory(constants, RUNTIME) as Made;
}

export function usedNulls(nulls: Uint8Array): Nulls {
  return nulls.includes(1) ? nulls : undefined;
}
