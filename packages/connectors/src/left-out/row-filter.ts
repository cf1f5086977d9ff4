import type { LeftOut } from '@millrace/batch';
import type { Field, Schema } from '@millrace/model';
import { compileRowPredicate, compileRowTime, type RowPredicate, type RowTime } from '@millrace/operators';
import { columnsOf, conjunction, conjuncts, type Expression, remap, type SourceFilter } from '@millrace/plan';
import type { Decoder } from '../formats/format.ts';

/** A decoder, and which columns of the table its fields are. */
export interface DecodedColumns {
  readonly decoder: Decoder;
  readonly columns: readonly number[];
}

interface Test {
  readonly decoder: Decoder;
  readonly holds: RowPredicate;
}

/** How a row's event time is had: from the slots of a decoder, or (undefined) it is what the connector knows of the record. */
type TimeReader = { readonly decoder: Decoder; readonly timeOf: RowTime } | undefined;

type EventTime = SourceFilter['eventTime'];

const NO_TIME = Number.NEGATIVE_INFINITY;

/**
 * Says of each record that was decoded whether it needs to become a row, and keeps the account of those that need not. The whole record has been
 * decoded by then, so what is malformed was rejected before (decisions/0004).
 */
export class RowFilter {
  readonly #decoder: Decoder;
  readonly #holds: RowPredicate;
  readonly #others: readonly Test[];
  readonly #eventTime: EventTime;
  readonly #time: TimeReader;
  #latest = Number.POSITIVE_INFINITY;
  #records = 0;
  #maxEventTime = NO_TIME;
  #recordsOfBatch = 0;

  private constructor({ decoder, holds }: Test, others: readonly Test[], eventTime: EventTime, time: TimeReader) {
    this.#decoder = decoder;
    this.#holds = holds;
    this.#others = others;
    this.#eventTime = eventTime;
    this.#time = time;
  }

  /**
   * Undefined when there is nothing to go by: no filter, or one about what no decoder fills. What a conjunct says of columns of several decoders is
   * left to the steps above. `recordTime` is the column whose value `leavesOut` is told.
   */
  static of(
    filter: SourceFilter | undefined,
    { fields }: Schema,
    parts: readonly DecodedColumns[],
    recordTime: number | undefined,
  ): RowFilter | undefined {
    if (filter === undefined) return undefined;
    const { condition, eventTime } = filter;
    const time = eventTime === undefined ? undefined : timeReaderOf(eventTime.value, fields, parts);
    const isRecordTime = eventTime?.value.kind === 'column' && eventTime.value.index === recordTime;
    if (eventTime !== undefined && time === undefined && !isRecordTime) return undefined;
    const tests = testsOf(condition, fields, parts);
    const [first, ...others] = tests;
    return first && new RowFilter(first, others, eventTime, time);
  }

  /** Rows left out since the last `takeBatch`. */
  get leftOut(): number {
    return this.#recordsOfBatch;
  }

  /** Before a poll. */
  begin(now: number): void {
    const { maxAheadMs = 0 } = this.#eventTime ?? {};
    this.#latest = maxAheadMs === 0 ? Number.POSITIVE_INFINITY : now + maxAheadMs;
  }

  /** Of the row the decoders hold now. True: it is accounted for, and must not be accepted. */
  leavesOut(recordTime: number): boolean {
    const holds = this.#holds(this.#decoder.slots, this.#decoder.rows);
    if (holds && this.#others.every((test) => test.holds(test.decoder.slots, test.decoder.rows))) return false;
    if (this.#eventTime !== undefined) {
      const time =
        this.#time === undefined ? recordTime : this.#time.timeOf(this.#time.decoder.slots, this.#time.decoder.rows);
      // What is dated so far ahead is put aside further on; what has no time because it cannot be computed fails there.
      if (!(time <= this.#latest)) return false;
      if (time > this.#maxEventTime) this.#maxEventTime = time;
    }
    this.#records++;
    this.#recordsOfBatch++;
    return true;
  }

  /** What was left out since the last call, for the run that ends here; undefined also when nobody goes by the time. */
  takeRun(): LeftOut | undefined {
    const found = { records: this.#records, maxEventTime: this.#maxEventTime };
    this.#records = 0;
    this.#maxEventTime = NO_TIME;
    return found.records === 0 || this.#eventTime === undefined ? undefined : found;
  }

  takeBatch(): number {
    const found = this.#recordsOfBatch;
    this.#recordsOfBatch = 0;
    return found;
  }
}

function timeReaderOf(value: Expression, fields: readonly Field[], parts: readonly DecodedColumns[]): TimeReader {
  const owner = ownerOf(value, parts);
  const timeOf = owner && compileRowTime(overFields(value, owner), schemaOf(owner, fields));
  return timeOf && { decoder: owner.decoder, timeOf };
}

/** The decoder that has all columns of an expression; a column that several have is the first one's. */
function ownerOf(expression: Expression, parts: readonly DecodedColumns[]): DecodedColumns | undefined {
  const owners = [...columnsOf(expression)].map((column) => parts.find(({ columns }) => columns.includes(column)));
  const [owner = parts[0]] = owners;
  return owners.every((other) => other === owner) ? owner : undefined;
}

function overFields(expression: Expression, { columns }: DecodedColumns): Expression {
  return remap(expression, (column) => columns.indexOf(column));
}

function schemaOf({ columns }: DecodedColumns, fields: readonly Field[]): Schema {
  return { fields: columns.flatMap((column) => fields[column] ?? []) };
}

function testsOf(condition: Expression, fields: readonly Field[], parts: readonly DecodedColumns[]): readonly Test[] {
  const owned = conjuncts(condition).map((conjunct) => ({ conjunct, owner: ownerOf(conjunct, parts) }));
  return parts.flatMap((part) => {
    const whole = conjunction(owned.flatMap(({ conjunct, owner }) => (owner === part ? [conjunct] : [])));
    const holds = whole && compileRowPredicate(overFields(whole, part), schemaOf(part, fields));
    return holds === undefined ? [] : [{ decoder: part.decoder, holds }];
  });
}
