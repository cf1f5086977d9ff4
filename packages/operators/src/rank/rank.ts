import { CHANGE, isRetraction, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { Collector, KeyedRows, Operator, OperatorContext, RowsDescriptor } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { RankNode } from '@millrace/plan';
import { keyTypesOf } from '../row/key-types.ts';
import { PairedOutput } from '../row/paired-output.ts';
import { ROW_NUMBERS } from '../row/row-source.ts';
import { type Step, stateful } from '../row/stateful.ts';
import { dropRows, TimeToLive } from '../row/time-to-live.ts';
import { type Places, tell } from './places.ts';
import { Ranking } from './ranking.ts';

const ROWS = 'rows';
/** Mark of a partition: when a row of it last came or went. */
const TOUCHED = 0;

/** The rows of each partition, best first. */
export function rankState(node: RankNode, input: Schema): RowsDescriptor {
  const keyTypes = keyTypesOf(input, node.partition, 'PARTITION BY');
  const rowTypes = input.fields.map(({ type }) => type);
  return { kind: 'rows', name: ROWS, keyTypes, rowTypes, keyMarks: ['float64'], rowMarks: [], order: 'given' };
}

/**
 * Top-N over changes (Flink's RetractableTopNFunction; with `insertOnly` its AppendOnlyTopNFunction, which keeps no row below the last
 * place). All rows of a batch are ranked before anything is said, so a partition tells at most once per batch how its places changed.
 */
export function createRank(node: RankNode, input: Schema): Operator {
  const ranking = new Ranking(node, input);
  const output = new PairedOutput(node.schema, input.fields.length);
  return stateful([rankState(node, input)], (context) => new Ranked(node, ranking, output, context));
}

class Ranked implements Step {
  readonly #node: RankNode;
  readonly #ranking: Ranking;
  readonly #output: PairedOutput;
  readonly #context: OperatorContext;
  readonly #rows: KeyedRows;
  readonly #ttl: TimeToLive;
  readonly #number = new Int32Array(1);
  readonly #id = new Int32Array(1);

  constructor(node: RankNode, ranking: Ranking, output: PairedOutput, context: OperatorContext) {
    this.#node = node;
    this.#ranking = ranking;
    this.#output = output;
    this.#context = context;
    this.#rows = context.state.rows(ROWS).at(0);
    this.#ttl = new TimeToLive(node);
  }

  process(batch: RecordBatch, _input: number, out: Collector): void {
    const now = this.#context.clock.now();
    const rows = this.#rows;
    const numbers = batch.selection ?? rowNumbers(batch.rows);
    const { changes } = batch;
    const slots = new Int32Array(numbers.length);
    rows.slotsOf(batch, this.#node.partition, slots);
    rows.bind(batch, changes === undefined ? this.#ranking.sortColumns : [...batch.columns.keys()]);
    const before = new Map<number, Places>();
    const gone: number[] = [];
    for (let at = 0; at < numbers.length; at++) {
      const number = numbers[at] ?? 0;
      const slot = slots[at] ?? 0;
      this.#touch(slot, now);
      const isGone = changes !== undefined && isRetraction(changes[number] ?? CHANGE.insert);
      const place = isGone
        ? this.#ranking.find(rows, slot, batch, number)
        : this.#ranking.placeOf(rows, slot, batch, number);
      if (place < 0) continue;
      if (this.#ranking.concerns(place) && !before.has(slot)) before.set(slot, this.#ranking.places(rows, slot));
      if (isGone) gone.push(rows.unlinkAt(slot, place));
      else this.#insert(slot, place, batch, number, gone);
    }
    this.#tellAll(before, out);
    for (const id of gone) rows.free(id);
    if (changes !== undefined) rows.dropEmpty(slots, slots.length);
  }

  onProcessingTime(now: number): void {
    if (this.#ttl.isDue(now)) this.#ttl.sweepKeys(this.#rows, TOUCHED, now);
  }

  /** A partition that nobody touched for too long begins anew. */
  #touch(slot: number, now: number): void {
    if (!this.#ttl.isOn) return;
    const touched = this.#rows.keyFloat64(TOUCHED);
    if (this.#ttl.isExpired(touched[slot] ?? 0, now)) dropRows(this.#rows, slot);
    touched[slot] = now;
  }

  #insert(slot: number, place: number, batch: RecordBatch, number: number, gone: number[]): void {
    const rows = this.#rows;
    this.#number[0] = number;
    rows.add(batch, this.#number, this.#id);
    rows.linkAt(slot, place, this.#id[0] ?? 0);
    const count = rows.counts[slot] ?? 0;
    if (this.#ranking.isTooLong(count)) gone.push(rows.unlinkAt(slot, count - 1));
  }

  #tellAll(before: ReadonlyMap<number, Places>, out: Collector): void {
    const rows = this.#rows;
    const output = this.#output;
    output.begin(rows, ROW_NUMBERS);
    const telling = { node: this.#node, output, isSame: (a: number, b: number) => rows.same(a, b), out };
    for (const [slot, places] of before) tell(places, this.#ranking.places(rows, slot), telling);
    output.flush(out);
  }
}
