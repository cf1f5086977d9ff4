import { type RecordBatch, rowNumbers } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { MatchExpression, MatchNode, MatchTerm } from '@millrace/plan';
import { compilePredicate, compileProjection, type Predicate, type Projection } from '../expression/compile.ts';
import { columnOfRows, type StoredRow } from '../row/stored-row.ts';
import { type Bound, type TermValues, termValues } from './terms.ts';

/** What is known about a row and a variable before any match is tried: one character per variable. */
const FAILS = '0';
const HOLDS = '1';
const ASK = '2';

interface Definition {
  /** Set where only the current row matters: its terms over a batch of rows. */
  readonly current: Projection | undefined;
  readonly predicate: Predicate;
  readonly terms: readonly TermValues[];
  readonly schema: Schema;
}

/**
 * DEFINE. A condition that looks at nothing but the current row is judged for whole batches when rows come; one that looks back at the match is
 * asked for each way of reading it, all ways of one row together.
 */
export class Definitions {
  /** No condition looks back. */
  readonly areForgetful: boolean;
  readonly #variables: readonly string[];
  readonly #byVariable: readonly (Definition | undefined)[];

  constructor(node: MatchNode, variables: readonly string[], input: Schema, functions?: UserFunctions) {
    this.#variables = variables;
    this.#byVariable = variables.map((name) => {
      const definition = Object.hasOwn(node.definitions, name) ? node.definitions[name] : undefined;
      return definition && compile(definition, name, variables, input, node.label, functions);
    });
    this.areForgetful = this.#byVariable.every(
      (definition) => definition === undefined || definition.current !== undefined,
    );
  }

  /** For each selected row, in selection order, what is known of every variable. */
  factsOf(batch: RecordBatch, now: number): readonly string[] {
    const numbers = batch.selection ?? rowNumbers(batch.rows);
    const facts = Array.from(numbers, () => '');
    for (const definition of this.#byVariable) {
      const known = definition === undefined ? HOLDS : judged(definition, batch, now);
      for (let at = 0; at < facts.length; at++)
        facts[at] += typeof known === 'string' ? known : known[numbers[at] ?? 0] === 1 ? HOLDS : FAILS;
    }
    return facts;
  }

  /** Whether a row with these facts may be bound to the variable, whatever the match; undefined when that depends. */
  settles(facts: string, variable: number): boolean | undefined {
    const fact = facts[variable];
    return fact === ASK ? undefined : fact === HOLDS;
  }

  /** Whether the last row of each match may be bound to its variable; `facts` are that row's. */
  hold(facts: string, matches: readonly Bound[], now: number): readonly boolean[] {
    const results = matches.map(({ bindings }) => facts[bindings.charCodeAt(bindings.length - 1)] === HOLDS);
    for (const variable of this.#variables.keys()) {
      const definition = this.#byVariable[variable];
      if (facts[variable] !== ASK || definition === undefined) continue;
      const asked = [...matches.keys()].filter((at) => {
        const bindings = matches[at]?.bindings ?? '';
        return bindings.charCodeAt(bindings.length - 1) === variable;
      });
      if (asked.length === 0) continue;
      const batch = termBatch(
        definition,
        asked.flatMap((at) => matches[at] ?? []),
        now,
      );
      const { selection } = definition.predicate(batch, now);
      if (selection === undefined) for (const at of asked) results[at] = true;
      else for (const row of selection) results[asked[row] ?? 0] = true;
    }
    return results;
  }
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
  const expressions = terms.flatMap((term) => (isOfCurrentRow(term, name) ? (term.expression ?? []) : []));
  return {
    schema,
    predicate: compilePredicate(expression, schema, owner, functions),
    current: expressions.length === terms.length ? compileProjection(expressions, input, owner, functions) : undefined,
    terms: terms.map((term) => termValues(term, variables, input, owner, functions)),
  };
}

/** In DEFINE the current row is the last one of the variable being defined, and of all. */
function isOfCurrentRow({ variable, take }: MatchTerm, defined: string): boolean {
  return take.kind === 'last' && take.offset === 0 && (variable === defined || variable === '*');
}

/** By row number; ASK when it depends on the match, or fails for some row that perhaps no match ever comes to. */
function judged({ current, predicate, schema }: Definition, batch: RecordBatch, now: number): Uint8Array | string {
  if (current === undefined) return ASK;
  try {
    const { selection } = predicate({ ...batch, schema, columns: current(batch, now) }, now);
    if (selection === undefined) return HOLDS;
    const holds = new Uint8Array(batch.rows);
    for (const row of selection) holds[row] = 1;
    return holds;
  } catch {
    // Asked again for single rows when a match comes to them: then the error is the author's to see.
    return ASK;
  }
}

function termBatch({ schema, terms }: Definition, matches: readonly Bound[], now: number): RecordBatch {
  const values = terms.map((term) => term(matches, now));
  const columns = schema.fields.map(({ type }, at) => {
    const rows = (values[at] ?? []).map((cell): StoredRow => [cell]);
    return columnOfRows(rows, 0, type);
  });
  return { schema, rows: matches.length, columns, selection: undefined };
}
