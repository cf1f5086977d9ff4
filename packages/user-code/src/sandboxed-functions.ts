import { type Column, isNullAt, rowNumbers } from '@millrace/batch';
import type { PlacedRows, UserFunctions } from '@millrace/contracts';
import type { DataType, Field } from '@millrace/model';
import type { UserFunction } from '@millrace/plan';
import { columnOfResults, WrongResult } from './decode-results.ts';
import { type Crossing, crossingColumn } from './encode-arguments.ts';
import { functionError } from './function-error.ts';
import { LIMITS } from './limits.ts';
import type { Failure, Operation } from './message.ts';
import type { SandboxLink } from './sandbox-link.ts';

/** The functions of one chain behind their link: batches are cut into calls, results put together. */
export class SandboxedFunctions implements UserFunctions {
  readonly #functions: ReadonlyMap<string, UserFunction>;
  readonly #link: SandboxLink;

  constructor(functions: readonly UserFunction[], link: SandboxLink) {
    this.#functions = new Map(functions.map((of) => [of.name, of]));
    this.#link = link;
  }

  call(name: string, args: readonly Column[], rows: Int32Array, height: number): Column {
    const of = this.#named(name);
    const type = valueType(of);
    const results: Crossing[] = [];
    for (const part of partsOf(rows)) this.#callPart(of, args, part, results);
    try {
      return columnOfResults(results, type, rows, height);
    } catch (error) {
      if (!(error instanceof WrongResult)) throw error;
      const failure = { function: name, reason: 'wrong-value', message: error.message } as const;
      throw functionError(of, failure, argumentsAt(args, of.parameters, rows[error.row] ?? 0));
    }
  }

  accumulate(
    name: string,
    direction: 'add' | 'retract',
    args: Column,
    placed: PlacedRows,
    accumulators: unknown[],
  ): void {
    const of = this.#named(name);
    for (const { rows, slots } of cutPlaced(placed))
      this.#accumulatePart(of, direction, args, rows, slots, accumulators);
  }

  merge(name: string, from: readonly unknown[], into: unknown[], slots: Int32Array): void {
    const of = this.#named(name);
    const present = Int32Array.from(from.keys()).filter((at) => from[at] !== undefined);
    for (const part of partsOf(present)) {
      const touched = new Touched(Int32Array.from(part, (at) => slots[at] ?? 0));
      const added = Array.from(part, (at) => String(from[at]));
      const payload = `{"accumulators":${held(touched.slots, into)},"slots":${JSON.stringify(touched.places)},"from":[${added.join(',')}]}`;
      this.#store(touched.slots, this.#ask(of, 'merge', payload), into);
    }
  }

  results(name: string, accumulators: readonly unknown[]): Column {
    const of = this.#named(name);
    const all = rowNumbers(accumulators.length).slice(0, accumulators.length);
    const results: Crossing[] = [];
    for (const part of partsOf(all))
      for (const result of this.#ask(of, 'results', `{"accumulators":${held(part, accumulators)}}`))
        results.push(result);
    try {
      return columnOfResults(results, of.returns, all, accumulators.length);
    } catch (error) {
      if (!(error instanceof WrongResult)) throw error;
      throw functionError(of, { function: name, reason: 'wrong-value', message: error.message }, undefined);
    }
  }

  close(): void {
    this.#link.close();
  }

  #callPart(of: UserFunction, args: readonly Column[], rows: Int32Array, results: Crossing[]): void {
    const columns = args.map((column, at) => crossingColumn(column, typeAt(of.parameters, at), rows));
    const payload = JSON.stringify({ columns, height: rows.length });
    if (payload.length > LIMITS.argumentChars && rows.length > 1) {
      const middle = rows.length >> 1;
      this.#callPart(of, args, rows.subarray(0, middle), results);
      this.#callPart(of, args, rows.subarray(middle), results);
      return;
    }
    const given = this.#ask(of, 'call', payload, (row) => columns.map((column) => column[row] ?? null));
    if (given.length !== rows.length) throw this.#damaged(of);
    for (const result of given) results.push(result);
  }

  #accumulatePart(
    of: UserFunction,
    direction: 'add' | 'retract',
    args: Column,
    rows: Int32Array,
    slots: Int32Array,
    accumulators: unknown[],
  ): void {
    const touched = new Touched(slots);
    const columns = crossingFields(args, of.parameters, rows);
    const parts = JSON.stringify({ columns, slots: touched.places, height: rows.length });
    const payload = `{"accumulators":${held(touched.slots, accumulators)},${parts.slice(1)}`;
    if (payload.length > LIMITS.argumentChars && rows.length > 1) {
      const middle = rows.length >> 1;
      this.#accumulatePart(of, direction, args, rows.subarray(0, middle), slots.subarray(0, middle), accumulators);
      this.#accumulatePart(of, direction, args, rows.subarray(middle), slots.subarray(middle), accumulators);
      return;
    }
    const given = this.#ask(of, direction, payload, (row) => columns.map((column) => column[row] ?? null));
    this.#store(touched.slots, given, accumulators);
  }

  #store(slots: Int32Array, given: readonly Crossing[], accumulators: unknown[]): void {
    for (const [at, slot] of slots.entries()) accumulators[slot] = String(given[at]);
  }

  /** The results of one call. `argumentsOf` tells what a row of it was given, for the message. */
  #ask(
    of: UserFunction,
    operation: Operation,
    payload: string,
    argumentsOf?: (row: number) => readonly Crossing[],
  ): readonly Crossing[] {
    const answer = this.#link.ask({ function: of.name, operation, payload });
    if (answer === undefined)
      throw functionError(of, { function: of.name, reason: 'too-slow', message: '' }, undefined);
    if (!answer.ok) throw functionError(of, answer.failure, rowOf(answer.failure, argumentsOf));
    try {
      const given: unknown = JSON.parse(answer.text);
      if (Array.isArray(given)) return given as readonly Crossing[];
    } catch {
      // Told below: a body that changed JSON itself.
    }
    throw this.#damaged(of);
  }

  #damaged(of: UserFunction): Error {
    const message = 'its results are damaged; it must leave the built-in objects as they are';
    return functionError(of, { function: of.name, reason: 'wrong-value', message }, undefined);
  }

  #named(name: string): UserFunction {
    const of = this.#functions.get(name);
    if (of === undefined) throw new Error(`function ${name} was not loaded`);
    return of;
  }
}

/** The slots that some rows go to, each once, and for each row its place among them. */
class Touched {
  readonly slots: Int32Array;
  readonly places: number[];

  constructor(slots: Int32Array) {
    const known = new Map<number, number>();
    this.places = Array.from(slots, (slot) => {
      const place = known.get(slot) ?? known.size;
      known.set(slot, place);
      return place;
    });
    this.slots = Int32Array.from(known.keys());
  }
}

/** Accumulators are JSON already. */
function held(slots: Int32Array, accumulators: readonly unknown[]): string {
  return `[${Array.from(slots, (slot) => accumulators[slot] ?? 'null').join(',')}]`;
}

function* partsOf(rows: Int32Array): Generator<Int32Array> {
  for (let from = 0; from < rows.length; from += LIMITS.rowsPerCall)
    yield rows.subarray(from, from + LIMITS.rowsPerCall);
}

function* cutPlaced({
  rows,
  slots,
  count,
}: PlacedRows): Generator<{ readonly rows: Int32Array; readonly slots: Int32Array }> {
  for (let from = 0; from < count; from += LIMITS.rowsPerCall) {
    const to = Math.min(count, from + LIMITS.rowsPerCall);
    yield { rows: rows.subarray(from, to), slots: slots.subarray(from, to) };
  }
}

/** A column of ROWs as one list per field. */
function crossingFields(args: Column, fields: readonly Field[], rows: Int32Array): Crossing[][] {
  const type: DataType = { kind: 'row', fields, nullable: false };
  const cells = crossingColumn(args, type, rows) as readonly (readonly Crossing[] | null)[];
  return fields.map((_, at) => cells.map((row) => row?.[at] ?? null));
}

function argumentsAt(args: readonly Column[], parameters: readonly Field[], row: number): readonly Crossing[] {
  const only = Int32Array.of(row);
  return args.map((column, at) =>
    isNullAt(column, row) ? null : (crossingColumn(column, typeAt(parameters, at), only)[0] ?? null),
  );
}

function rowOf({ row }: Failure, argumentsOf: ((row: number) => readonly Crossing[]) | undefined) {
  return row === undefined || row < 0 ? undefined : argumentsOf?.(row);
}

function typeAt(parameters: readonly Field[], at: number): DataType {
  const type = parameters[at]?.type;
  if (type === undefined) throw new Error(`parameter ${at} does not exist`);
  return type;
}

function valueType({ kind, returns }: UserFunction): DataType {
  return kind === 'table' ? { kind: 'array', element: returns, nullable: false } : returns;
}
