import type { UserFunction } from '@millrace/plan';
import type { Crossing } from './encode-arguments.ts';
import { LIMITS } from './limits.ts';
import type { Operation } from './message.ts';

/** Asks the sandbox, with a payload of JSON. `isDivisible`: undefined, rather than an error, when the answer is too much at once. */
export type Ask = (
  of: UserFunction,
  operation: Operation,
  payload: string,
  isDivisible?: boolean,
) => readonly Crossing[] | undefined;

/** Results are remembered up to this many characters. */
const RESULT_CHARS_MAX = 256;

/**
 * One accumulator of an operator's state. Its only property, for state to write down, is `text`: reading it fetches what the sandbox made of it
 * since. Made by `HeldAccumulators` alone.
 */
export class Accumulator {
  declare readonly text: string;
  readonly #of: HeldAccumulators;
  /** In the sandbox; -1 while it is only text. */
  #id = -1;
  #known: string;
  #isDirty = false;
  #result: Crossing | undefined;
  #call = 0;

  /** '' is a new one. */
  constructor(of: HeldAccumulators, text: string) {
    this.#of = of;
    this.#known = text;
    Object.defineProperty(this, 'text', { enumerable: true, get: () => this.#read() });
  }

  get id(): number {
    return this.#id;
  }

  get known(): string {
    return this.#known;
  }

  get isDirty(): boolean {
    return this.#isDirty;
  }

  /** The call that last asked for it. */
  get call(): number {
    return this.#call;
  }

  /** What it gave when it was last asked, unless it was changed since. */
  get result(): Crossing | undefined {
    return this.#result;
  }

  set result(given: Crossing | undefined) {
    const isSmall = typeof given !== 'object' && !(typeof given === 'string' && given.length > RESULT_CHARS_MAX);
    this.#result = isSmall ? given : undefined;
  }

  isOf(held: HeldAccumulators): boolean {
    return this.#of === held;
  }

  use(call: number): void {
    this.#call = call;
  }

  enter(id: number): void {
    this.#id = id;
    // A new one is made in there, and is not known here.
    this.#isDirty = this.#known === '';
  }

  change(): void {
    this.#isDirty = true;
    this.#result = undefined;
  }

  learn(text: string): void {
    this.#known = text;
    this.#isDirty = false;
  }

  leave(): void {
    this.#id = -1;
  }

  #read(): string {
    if (this.#isDirty) this.#of.fetchAll();
    return this.#known;
  }
}

/**
 * Accumulators that stay in the sandbox between calls, because making them of text and text of them costs ten times what adding a row does. At most
 * `LIMITS.heldAccumulators`, and fewer when they take much memory: those not used for longest become text again. What is true is what the
 * operator's state says: it reads the text of each, which is fetched then.
 */
export class HeldAccumulators {
  readonly #ask: Ask;
  readonly #held: (Accumulator | undefined)[] = [];
  readonly #functions: UserFunction[] = [];
  readonly #free: number[] = [];
  #call = 0;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** As it stands in state: text of a new accumulator is ''. */
  of(stored: unknown): Accumulator {
    if (stored instanceof Accumulator && stored.isOf(this)) return stored;
    return new Accumulator(this, textOf(stored));
  }

  /** Brings all into the sandbox, for the next call. At most `LIMITS.rowsPerCall`; one may be named often. */
  enter(of: UserFunction, accumulators: readonly Accumulator[]): void {
    this.#call++;
    const absent: Accumulator[] = [];
    for (const each of accumulators) {
      if (each.call === this.#call) continue;
      each.use(this.#call);
      if (each.id < 0) absent.push(each);
    }
    const excess = this.#held.length - this.#free.length + absent.length - LIMITS.heldAccumulators;
    if (excess > 0) this.#leave(Math.max(excess, LIMITS.heldAccumulators >> 2));
    for (const part of partsByText(absent)) {
      const ids = part.map((each) => {
        const id = this.#free.pop() ?? this.#held.length;
        this.#held[id] = each;
        this.#functions[id] = of;
        return id;
      });
      const texts = part.map(({ known }) => (known === '' ? 'null' : known));
      this.#ask(of, 'hold', `{"ids":${JSON.stringify(ids)},"held":[${texts.join(',')}]}`);
      for (const [at, each] of part.entries()) each.enter(ids[at] ?? 0);
    }
  }

  /** All become text: the sandbox has little memory left. */
  leaveAll(): void {
    this.#call++;
    this.#leave(this.#held.length);
  }

  /** The text of all that were changed. */
  fetchAll(): void {
    this.#fetch(this.#held.filter((each) => each?.isDirty === true).filter((each) => each !== undefined));
  }

  /** At least so many, those not used for longest, but none that the call at hand uses. */
  #leave(count: number): void {
    const others = this.#held.filter((each) => each !== undefined).filter(({ call }) => call < this.#call);
    const leaving = others.sort((a, b) => a.call - b.call).slice(0, count);
    this.#fetch(leaving.filter(({ isDirty }) => isDirty));
    for (const [of, ids] of this.#byFunction(leaving)) this.#ask(of, 'drop', JSON.stringify({ ids }));
    for (const each of leaving) {
      this.#held[each.id] = undefined;
      this.#free.push(each.id);
      each.leave();
    }
  }

  #fetch(accumulators: readonly Accumulator[]): void {
    for (const [of, ids] of this.#byFunction(accumulators))
      for (let from = 0; from < ids.length; from += LIMITS.rowsPerCall)
        this.#fetchPart(of, ids.slice(from, from + LIMITS.rowsPerCall));
  }

  /** In halves when the texts are too long to cross at once. */
  #fetchPart(of: UserFunction, ids: readonly number[]): void {
    const texts = this.#ask(of, 'give', JSON.stringify({ ids }), ids.length > 1);
    if (texts === undefined) {
      const middle = ids.length >> 1;
      this.#fetchPart(of, ids.slice(0, middle));
      this.#fetchPart(of, ids.slice(middle));
      return;
    }
    for (const [at, id] of ids.entries()) this.#held[id]?.learn(String(texts[at]));
  }

  #byFunction(accumulators: readonly Accumulator[]): ReadonlyMap<UserFunction, number[]> {
    const byFunction = new Map<UserFunction, number[]>();
    for (const { id } of accumulators) {
      const of = this.#functions[id];
      if (of === undefined) continue;
      const ids = byFunction.get(of);
      if (ids === undefined) byFunction.set(of, [id]);
      else ids.push(id);
    }
    return byFunction;
  }
}

function textOf(stored: unknown): string {
  if (stored === undefined) return '';
  if (typeof stored === 'string') return stored;
  const text: unknown = typeof stored === 'object' && stored !== null ? Reflect.get(stored, 'text') : undefined;
  if (typeof text === 'string') return text;
  throw new Error('what is stored is no accumulator');
}

/** As many as cross together. */
function* partsByText(accumulators: readonly Accumulator[]): Generator<readonly Accumulator[]> {
  let part: Accumulator[] = [];
  let chars = 0;
  for (const each of accumulators) {
    if (part.length > 0 && chars + each.known.length > LIMITS.argumentChars) {
      yield part;
      part = [];
      chars = 0;
    }
    part.push(each);
    chars += each.known.length;
  }
  if (part.length > 0) yield part;
}
