import { CHANGE, isRetraction, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { Answers, Collector, LookupSource, Operator, OperatorContext, StateDescriptor } from '@millrace/contracts';
import { type Schema, StreamError } from '@millrace/model';
import type { LookupJoinNode } from '@millrace/plan';
import { keyTypesOf } from '../row/key-types.ts';
import type { Answer, AnswerSource } from './answer.ts';
import { Arrivals } from './arrivals.ts';
import { GivenRows, givenState, remembersRows } from './given-rows.ts';
import { JoinedRows } from './joined-rows.ts';
import { keyText } from './key-text.ts';
import { Requests } from './requests.ts';
import { storedRows } from './stored-row.ts';
import { WholeTable } from './whole-table.ts';

/** Rows held back at which no more are wanted. */
const HELD_ROWS_MAX = 16_384;

type Held =
  | {
      readonly kind: 'batch';
      readonly batch: RecordBatch;
      readonly numbers: Int32Array;
      readonly answers: readonly (Answer | undefined)[];
      /** All answers before this one are there. */
      open: number;
    }
  | { readonly kind: 'watermark'; readonly timestamp: number }
  | { readonly kind: 'idle'; readonly idle: boolean };

/**
 * Each row with the rows a table outside has for its keys when it is asked. Batches leave in the order they came, each when all its answers are
 * there; requests of later ones are under way meanwhile. What waits is not state: see `Answers` for what a snapshot does; what was given is, when rows may be
 * taken back.
 */
export class LookupJoin implements Operator, Answers {
  readonly state: readonly StateDescriptor[];
  readonly answers: Answers = this;
  readonly #node: LookupJoinNode;
  readonly #keySchema: Schema;
  readonly #joined: JoinedRows;
  readonly #arrivals = new Arrivals();
  #queue: Held[] = [];
  #held = 0;
  #context: OperatorContext | undefined;
  #source: AnswerSource | undefined;
  #given: GivenRows | undefined;

  constructor(node: LookupJoinNode, input: Schema) {
    this.#node = node;
    const types = keyTypesOf(input, node.keys, 'JOIN');
    this.#keySchema = { fields: types.map((type, at) => ({ name: `key${at}`, type })) };
    this.#joined = new JoinedRows(node, input);
    this.state = givenState(node, input);
  }

  open(context: OperatorContext): void {
    const { table, tableKeys, columns, connector, options } = this.#node;
    const source = context.outside.connectors.get(connector)?.createLookup?.(options, { fields: columns }, tableKeys);
    if (source === undefined) throw cannotLookUp(this.#node);
    const onArrival = () => {
      this.#arrivals.ring();
      context.outside.wake();
    };
    this.#context = context;
    if (remembersRows(this.#node)) this.#given = new GivenRows(this.#node, this.#joined, context);
    this.#source = this.#answersOf(source, { table, context, onArrival });
  }

  process(batch: RecordBatch, _input: number, out: Collector): void {
    const { context, source } = this.#opened;
    const numbers = batch.selection ?? rowNumbers(batch.rows);
    const keyColumns = this.#node.keys.flatMap((index) => batch.columns[index] ?? []);
    const keys = storedRows({ ...batch, schema: this.#keySchema, columns: keyColumns });
    const isTakenBack = (at: number) => isRetraction(batch.changes?.[numbers[at] ?? 0] ?? CHANGE.insert);
    let asked = 0;
    const answers = keys.map((key, at) => {
      if (isTakenBack(at)) return undefined;
      asked++;
      return key.includes(null) ? undefined : source.ask(keyText(key), key);
    });
    source.send();
    context.metrics.count('lookups_total', asked);
    this.#queue.push({ kind: 'batch', batch, numbers, answers, open: 0 });
    this.#held += numbers.length;
    this.release(out);
  }

  onWatermark(timestamp: number, out: Collector): void {
    if (this.#queue.length === 0) out.emitWatermark(timestamp);
    else this.#queue.push({ kind: 'watermark', timestamp });
  }

  onIdle(idle: boolean, out: Collector): void {
    if (this.#queue.length === 0) out.emitIdle(idle);
    else this.#queue.push({ kind: 'idle', idle });
  }

  onProcessingTime(now: number): void {
    this.#given?.onProcessingTime(now);
  }

  flush(): void {}

  async close(): Promise<void> {
    this.#queue = [];
    this.#held = 0;
    await this.#source?.close();
  }

  get held(): number {
    return this.#held;
  }

  get isFull(): boolean {
    return this.#held >= HELD_ROWS_MAX;
  }

  release(out: Collector): void {
    const { context, source } = this.#opened;
    this.#arrivals.seen();
    if (source.failure !== undefined) throw source.failure;
    let left = 0;
    for (const item of this.#queue) {
      if (item.kind === 'watermark') out.emitWatermark(item.timestamp);
      else if (item.kind === 'idle') out.emitIdle(item.idle);
      else {
        while (item.open < item.answers.length && isThere(item.answers[item.open])) item.open++;
        if (item.open < item.answers.length) break;
        this.#held -= item.numbers.length;
        const emitter = this.#given ?? this.#joined;
        emitter.emit(item.batch, item.numbers, item.answers, context.clock.now(), out);
      }
      left++;
    }
    if (left > 0) this.#queue = this.#queue.slice(left);
  }

  arrived(signal: AbortSignal): Promise<void> {
    if (this.#held === 0 || this.#source?.failure !== undefined) return Promise.resolve();
    return this.#arrivals.wait(signal);
  }

  #answersOf(
    source: LookupSource,
    parts: { readonly table: string; readonly context: OperatorContext; readonly onArrival: () => void },
  ): AnswerSource {
    if (source.kind === 'copied') return new WholeTable({ source, tableKeys: this.#node.tableKeys, ...parts });
    const { subtask, clock, metrics, outside } = parts.context;
    const reader = source.createReader({ subtask, clock, metrics, log: outside.log, owner: outside.owner });
    return new Requests({ source, reader, keySchema: this.#keySchema, ...parts });
  }

  get #opened(): { readonly context: OperatorContext; readonly source: AnswerSource } {
    if (this.#context === undefined || this.#source === undefined) throw new Error('the operator is not open');
    return { context: this.#context, source: this.#source };
  }
}

function isThere(answer: Answer | undefined): boolean {
  return answer === undefined || answer.rows !== undefined;
}

function cannotLookUp({ table, connector }: LookupJoinNode): StreamError {
  return new StreamError(
    'options.unknown-connector',
    `${table}: no connector "${connector}" that can be asked for rows by key. Correct the option 'connector' of the table.`,
    { domain: 'user', retry: 'never' },
  );
}
