import { type Column, isNullAt, rowNumbers } from '@millrace/batch';
import type { PlacedRows, UserFunctions } from '@millrace/contracts';
import type { DataType, Field } from '@millrace/model';
import type { UserFunction } from '@millrace/plan';
import { columnOfResults, WrongResult } from './decode-results.ts';
import { type Crossing, crossingColumn } from './encode-arguments.ts';
import { functionError } from './function-error.ts';
import { type Accumulator, HeldAccumulators } from './held-accumulators.ts';
import { LIMITS } from './limits.ts';
import type { Answer, Failure, Operation } from './message.ts';
import type { SandboxLink } from './sandbox-link.ts';

/** The functions of one chain behind their link: batches are cut into calls, results put together. */
export class SandboxedFunctions implements UserFunctions {
  readonly #functions: ReadonlyMap<string, UserFunction>;
  readonly #link: SandboxLink;
  readonly #held = new HeldAccumulators((of, operation, payload, isDivisible) =>
    this.#askHeld(of, operation, payload, isDivisible),
  );
  #isFull = false;

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
    // Both sides are in the sandbox at once.
    for (const part of partsOf(present, LIMITS.rowsPerCall >> 1)) {
      const sources = Array.from(part, (at) => this.#held.of(from[at]));
      const targets = Array.from(part, (at) => this.#stored(into, slots[at] ?? 0));
      this.#held.enter(of, [...sources, ...targets]);
      const ids = { into: targets.map(({ id }) => id), from: sources.map(({ id }) => id) };
      for (const target of targets) target.change();
      this.#ask(of, 'merge', JSON.stringify(ids));
      this.#makeRoom();
    }
  }

  results(name: string, accumulators: readonly unknown[]): Column {
    const of = this.#named(name);
    const all = rowNumbers(accumulators.length).slice(0, accumulators.length);
    const results: Crossing[] = [];
    for (const part of partsOf(all)) {
      const held = Array.from(part, (at) => this.#held.of(accumulators[at]));
      for (const result of this.#resultsOf(of, held)) results.push(result);
      this.#makeRoom();
    }
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
    const columns = crossingFields(args, of.parameters, rows);
    const held = Array.from(slots, (slot) => this.#stored(accumulators, slot));
    this.#held.enter(of, held);
    const payload = JSON.stringify({ columns, slots: held.map(({ id }) => id), height: rows.length });
    if (payload.length > LIMITS.argumentChars && rows.length > 1) {
      const middle = rows.length >> 1;
      this.#accumulatePart(of, direction, args, rows.subarray(0, middle), slots.subarray(0, middle), accumulators);
      this.#accumulatePart(of, direction, args, rows.subarray(middle), slots.subarray(middle), accumulators);
      return;
    }
    for (const each of held) each.change();
    this.#ask(of, direction, payload, (row) => columns.map((column) => column[row] ?? null));
    this.#makeRoom();
  }

  /** What was asked since an accumulator last changed is not asked again. */
  #resultsOf(of: UserFunction, held: readonly Accumulator[]): readonly Crossing[] {
    const results = held.map(({ result }) => result);
    const asked = held.filter(({ result }) => result === undefined);
    if (asked.length === 0) return results.map((result) => result ?? null);
    this.#held.enter(of, asked);
    const given = this.#ask(of, 'results', JSON.stringify({ ids: asked.map(({ id }) => id) }));
    if (given.length !== asked.length) throw this.#damaged(of);
    for (const [at, each] of asked.entries()) each.result = given[at];
    let next = 0;
    return results.map((result) => (result === undefined ? (given[next++] ?? null) : result));
  }

  /** After a call, when the sandbox has little memory left. */
  #makeRoom(): void {
    if (!this.#isFull) return;
    this.#held.leaveAll();
    this.#isFull = false;
  }

  /** The accumulator of a slot, which is put there if it is not. */
  #stored(accumulators: unknown[], slot: number): Accumulator {
    const held = this.#held.of(accumulators[slot]);
    accumulators[slot] = held;
    return held;
  }

  /** The results of one call. `argumentsOf` tells what a row of it was given, for the message. */
  #ask(
    of: UserFunction,
    operation: Operation,
    payload: string,
    argumentsOf?: (row: number) => readonly Crossing[],
  ): readonly Crossing[] {
    const answer = this.#answer(of, operation, payload);
    if (!answer.ok) throw functionError(of, answer.failure, rowOf(answer.failure, argumentsOf));
    return this.#parsed(of, answer.text);
  }

  /** For what is held. */
  #askHeld(
    of: UserFunction,
    operation: Operation,
    payload: string,
    isDivisible = false,
  ): readonly Crossing[] | undefined {
    const answer = this.#answer(of, operation, payload);
    if (answer.ok) return this.#parsed(of, answer.text);
    if (isDivisible && answer.failure.reason === 'too-much') return undefined;
    throw functionError(of, answer.failure, undefined);
  }

  #answer(of: UserFunction, operation: Operation, payload: string): Answer {
    const answer = this.#link.ask({ function: of.name, operation, payload });
    if (answer === undefined)
      throw functionError(of, { function: of.name, reason: 'too-slow', message: '' }, undefined);
    if (answer.ok && answer.isFull === true) this.#isFull = true;
    return answer;
  }

  #parsed(of: UserFunction, text: string): readonly Crossing[] {
    try {
      const given: unknown = JSON.parse(text);
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

function* partsOf(rows: Int32Array, size: number = LIMITS.rowsPerCall): Generator<Int32Array> {
  for (let from = 0; from < rows.length; from += size) yield rows.subarray(from, from + size);
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
