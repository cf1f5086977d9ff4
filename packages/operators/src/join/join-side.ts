import type { RecordBatch } from '@millrace/batch';
import type { KeyedRows, OperatorContext, RowsDescriptor } from '@millrace/contracts';
import type { DataType, Schema } from '@millrace/model';
import type { TimeToLive } from '../row/time-to-live.ts';
import { RowFinder } from './row-finder.ts';

const COUNT = 0;
const MATCHES = 1;
const TOUCHED = 2;

/** Equal rows of a key are held once: how often they are there, how many rows of the other side they meet, when they were last written. */
export function sideState(name: string, keyTypes: readonly DataType[], schema: Schema): RowsDescriptor {
  const rowTypes = schema.fields.map(({ type }) => type);
  const rowMarks = ['int32', 'int32', 'float64'] as const;
  return { kind: 'rows', name, keyTypes, rowTypes, keyMarks: [], rowMarks, order: 'any' };
}

/** The rows of one side of a join. */
export class JoinSide {
  readonly rows: KeyedRows;
  readonly ttl: TimeToLive;
  readonly #schema: Schema;
  #finder: RowFinder | undefined;

  constructor(context: OperatorContext, name: string, schema: Schema, ttl: TimeToLive) {
    this.rows = context.state.rows(name).at(0);
    this.#schema = schema;
    this.ttl = ttl;
  }

  /** By id; valid until rows are added. */
  get counts(): Int32Array {
    return this.rows.rowInt32(COUNT);
  }

  get matches(): Int32Array {
    return this.rows.rowInt32(MATCHES);
  }

  get touched(): Float64Array {
    return this.rows.rowFloat64(TOUCHED);
  }

  /** Before rows of the batch are put or taken. */
  bind(batch: RecordBatch): void {
    this.#finder ??= new RowFinder(this.rows, this.#schema);
    this.#finder.bind(batch);
  }

  /** One more of row `number`, which lies at `id` already; what is kept of it but expired does not count. */
  put(slot: number, id: number, number: number, hash: number, matches: number, now: number): void {
    const { finder, counts } = this.#opened();
    const known = finder.find(number, hash);
    if (known < 0) {
      this.rows.link(slot, id);
      finder.put(id, hash);
      counts[id] = 1;
    } else {
      this.rows.free(id);
      counts[known] = this.#isExpired(known, now) ? 1 : (counts[known] ?? 0) + 1;
    }
    const kept = known < 0 ? id : known;
    this.matches[kept] = matches;
    this.touched[kept] = now;
  }

  /** One less of row `number`; a row that is not there (forgotten by then) is no matter. */
  take(number: number, hash: number, now: number): void {
    const { finder, counts } = this.#opened();
    const id = finder.find(number, hash);
    if (id < 0) return;
    const left = this.#isExpired(id, now) ? 0 : (counts[id] ?? 0) - 1;
    counts[id] = left;
    this.touched[id] = now;
    if (left > 0) return;
    finder.remove(id);
    this.rows.unlink(id);
    this.rows.free(id);
  }

  /** Gives back what is expired, when it is time to look. */
  sweep(now: number): void {
    if (!this.ttl.isDue(now)) return;
    this.ttl.sweepRows(this.rows, TOUCHED, now, (id) => this.#finder?.remove(id));
  }

  #isExpired(id: number, now: number): boolean {
    return this.ttl.isExpired(this.touched[id] ?? 0, now);
  }

  #opened(): { readonly finder: RowFinder; readonly counts: Int32Array } {
    if (this.#finder === undefined) throw new Error('the batch is not bound');
    return { finder: this.#finder, counts: this.counts };
  }
}
