import type { RecordBatch } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { Expression, MatchExpression, MatchNode, MatchTerm } from '@millrace/plan';
import { compilePredicate, compileProjection, type Predicate, type Projection } from '../expression/compile.ts';
import type { RowSource } from '../row/row-source.ts';
import { type Bound, type TermColumn, termColumn } from './terms.ts';

/** What is known about a row and a variable before any match is tried, in two bits. */
export const FAILS = 0;
export const HOLDS = 1;
export const ASK = 2;
type Fact = typeof FAILS | typeof HOLDS | typeof ASK;

/** The facts of a row: an int32 for every so many variables. */
const FACTS_PER_WORD = 16;

interface Definition {
  /** Set where only the current row matters: its terms over a batch of rows. */
  readonly current: Projection | undefined;
  readonly predicate: Predicate;
  readonly terms: readonly TermColumn[];
  readonly schema: Schema;
}

/**
 * DEFINE. A condition that looks at nothing but the current row is judged for whole batches when rows come; one that looks back at the match is
 * asked for each way of reading it, all ways of one row together.
 */
export class Definitions {
  /** No condition looks back. */
  readonly areForgetful: boolean;
  /** How many int32 the facts of a row take. */
  readonly words: number;
  readonly #byVariable: readonly (Definition | undefined)[];

  constructor(node: MatchNode, variables: readonly string[], input: Schema, functions?: UserFunctions) {
    this.words = Math.ceil(variables.length / FACTS_PER_WORD);
    this.#byVariable = variables.map((name) => {
      const definition = Object.hasOwn(node.definitions, name) ? node.definitions[name] : undefined;
      return definition && compile(definition, name, variables, input, node.label, functions);
    });
    this.areForgetful = this.#byVariable.every(
      (definition) => definition === undefined || definition.current !== undefined,
    );
  }

  /** The facts of each selected row, by word and row number; rows that are not selected have anything. */
  factsOf(batch: RecordBatch, now: number): readonly Int32Array[] {
    const words = Array.from({ length: this.words }, () => new Int32Array(batch.rows));
    for (const [variable, definition] of this.#byVariable.entries()) {
      const word = words[Math.floor(variable / FACTS_PER_WORD)];
      const known = definition === undefined ? HOLDS : judged(definition, batch, now);
      if (word !== undefined) write(word, (variable % FACTS_PER_WORD) * 2, known);
    }
    return words;
  }

  /** What the facts of row `id` say of a variable. */
  factAt(facts: readonly Int32Array[], id: number, variable: number): Fact {
    const word = facts[Math.floor(variable / FACTS_PER_WORD)]?.[id] ?? 0;
    const fact = (word >>> ((variable % FACTS_PER_WORD) * 2)) & 3;
    return fact === HOLDS ? HOLDS : fact === ASK ? ASK : FAILS;
  }

  /**
   * Asks where `verdicts` says so whether the last row of a match may be bound to its variable, and writes the answers there: all matches
   * end with one row, and have the verdict of their last variable at their place.
   */
  ask(matches: readonly Bound[], verdicts: Uint8Array, rows: RowSource, now: number): void {
    for (const [variable, definition] of this.#byVariable.entries()) {
      if (definition === undefined) continue;
      const asked = [...matches.keys()].filter((at) => {
        const { bindings } = matches[at] ?? { bindings: '' };
        return verdicts[at] === ASK && bindings.charCodeAt(bindings.length - 1) === variable;
      });
      if (asked.length === 0) continue;
      const given = asked.flatMap((at) => matches[at] ?? []);
      const columns = definition.terms.map((term) => term(given, rows, now));
      const batch: RecordBatch = { schema: definition.schema, rows: given.length, columns, selection: undefined };
      const { selection } = definition.predicate(batch, now);
      for (const at of asked) verdicts[at] = selection === undefined ? HOLDS : FAILS;
      if (selection !== undefined) for (const row of selection) verdicts[asked[row] ?? 0] = HOLDS;
    }
  }
}

function write(word: Int32Array, shift: number, known: Uint8Array | Fact): void {
  if (typeof known === 'number') {
    const bits = known << shift;
    for (let row = 0; row < word.length; row++) word[row] = (word[row] ?? 0) | bits;
    return;
  }
  for (let row = 0; row < word.length; row++) word[row] = (word[row] ?? 0) | ((known[row] ?? FAILS) << shift);
}

function compile(
  definition: MatchExpression,
  name: string,
  variables: readonly string[],
  input: Schema,
  owner: string,
  functions?: UserFunctions,
): Definition {
  const { terms, expression } = definition;
  const schema: Schema = { fields: terms.map(({ type }, at) => ({ name: `term ${at}`, type })) };
  const expressions = terms.flatMap((term) => currentOf(term, name) ?? []);
  return {
    schema,
    predicate: compilePredicate(expression, schema, owner, functions),
    current: expressions.length === terms.length ? compileProjection(expressions, input, owner, functions) : undefined,
    terms: terms.map((term) => termColumn(term, variables, input, owner, functions)),
  };
}

/** What a term looks at in the current row, which in DEFINE is the last one of the variable being defined, and of all; undefined when it looks elsewhere. */
function currentOf({ variable, take }: MatchTerm, defined: string): Expression | undefined {
  const isCurrent = take.kind === 'last' && take.offset === 0 && (variable === defined || variable === '*');
  return isCurrent ? take.expression : undefined;
}

/** By row number; ASK when it depends on the match, or fails for some row that perhaps no match ever comes to. */
function judged({ current, predicate, schema }: Definition, batch: RecordBatch, now: number): Uint8Array | Fact {
  if (current === undefined) return ASK;
  try {
    const { selection } = predicate({ ...batch, schema, columns: current(batch, now) }, now);
    if (selection === undefined) return HOLDS;
    const holds = new Uint8Array(batch.rows);
    for (const row of selection) holds[row] = HOLDS;
    return holds;
  } catch {
    // Asked again for single rows when a match comes to them: then the error is the author's to see.
    return ASK;
  }
}
