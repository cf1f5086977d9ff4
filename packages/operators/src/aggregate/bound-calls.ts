import type { Column } from '@millrace/batch';
import type { AccumulatorKind, UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { AggregateCall, Expression } from '@millrace/plan';
import { compileProjection, type Projection } from '../expression/compile.ts';
import type { Accumulation, Accumulators, Placed } from './accumulation.ts';

/** One aggregate call: where its accumulators start and which computed columns it reads. */
interface BoundCall<A extends Accumulation> {
  readonly accumulation: A;
  readonly base: number;
  readonly argument: number | undefined;
  readonly filter: number | undefined;
}

/** The aggregate calls of a node over one table: arguments and filters computed together, equal ones once. */
export class BoundCalls<A extends Accumulation> {
  /** After those of the operator itself. */
  readonly kinds: readonly AccumulatorKind[];
  /** As `TableDescriptor.meanings`, without those of the operator itself. */
  readonly meanings: readonly string[];
  readonly all: readonly BoundCall<A>[];
  readonly compute: Projection;
  #kept: { rows: Int32Array; slots: Int32Array } = { rows: new Int32Array(0), slots: new Int32Array(0) };

  /** `base` is the number of accumulators the operator has before them. */
  constructor(
    node: { readonly calls: readonly AggregateCall[]; readonly label: string },
    input: Schema,
    base: number,
    accumulationOf: (call: AggregateCall, functions: UserFunctions | undefined) => A,
    functions?: UserFunctions,
  ) {
    const computed: Expression[] = [];
    const kinds: AccumulatorKind[] = [];
    const meanings: string[] = [];
    this.all = node.calls.map((call) => {
      const accumulation = accumulationOf(call, functions);
      const start = base + kinds.length;
      kinds.push(...accumulation.kinds);
      meanings.push(...accumulation.kinds.map(() => call.meaning ?? ''));
      return { accumulation, base: start, argument: add(computed, call.arg), filter: add(computed, call.filter) };
    });
    this.kinds = kinds;
    this.meanings = meanings;
    this.compute = compileProjection(computed, input, node.label, functions);
  }

  /** Row `rows[i]` of the batch that `computed` comes from goes to slot `slots[i]`. */
  accumulate(table: Accumulators, computed: readonly Column[], placed: Placed): void {
    this.forEach(computed, placed, ({ accumulation, base }, argument, kept) => {
      accumulation.accumulate(table, base, argument, kept);
    });
  }

  /** Each call with the rows that count for it. */
  forEach(
    computed: readonly Column[],
    placed: Placed,
    visit: (call: BoundCall<A>, argument: Column | undefined, placed: Placed) => void,
  ): void {
    for (const call of this.all) {
      const argument = call.argument === undefined ? undefined : computed[call.argument];
      const condition = call.filter === undefined ? undefined : computed[call.filter];
      const skipNulls = call.accumulation.takesNulls !== true;
      visit(call, argument, this.#keep(placed, skipNulls ? argument : undefined, condition));
    }
  }

  results(table: Accumulators, slots: Int32Array): readonly Column[] {
    return this.all.map(({ accumulation, base }) => accumulation.result(table, base, slots));
  }

  /** Leaves out rows whose argument is NULL or whose FILTER is not true; usually there are none. */
  #keep(placed: Placed, argument: Column | undefined, condition: Column | undefined): Placed {
    const nulls = argument?.nulls;
    if (nulls === undefined && condition === undefined) return placed;
    if (this.#kept.rows.length < placed.count) {
      this.#kept = { rows: new Int32Array(placed.count * 2), slots: new Int32Array(placed.count * 2) };
    }
    const { rows, slots } = this.#kept;
    const passes = condition?.kind === 'boolean' ? condition : undefined;
    let count = 0;
    for (let at = 0; at < placed.count; at++) {
      const row = placed.rows[at] ?? 0;
      if (nulls?.[row] === 1) continue;
      if (passes !== undefined && (passes.values[row] !== 1 || passes.nulls?.[row] === 1)) continue;
      rows[count] = row;
      slots[count++] = placed.slots[at] ?? 0;
    }
    return { rows, slots, count, arrival: placed.arrival };
  }
}

/** The place of `expression` among the computed ones, equal ones once. */
function add(computed: Expression[], expression: Expression | undefined): number | undefined {
  if (expression === undefined) return undefined;
  const text = JSON.stringify(expression);
  const known = computed.findIndex((one) => JSON.stringify(one) === text);
  return known >= 0 ? known : computed.push(expression) - 1;
}
