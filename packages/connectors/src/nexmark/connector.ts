import { BatchBuilder, type SplitRun } from '@millrace/batch';
import type { Connector } from '@millrace/contracts';
import { isFineTimestamp, type Schema } from '@millrace/model';
import { GeneratorSource, type RowMaker } from '../generator/generator-source.ts';
import { invalidOption, OptionValues } from '../option/option-values.ts';
import { PositionRandom } from '../random.ts';
import { type NexmarkShape, nexmarkRow } from './events.ts';
import { NEXMARK } from './options.ts';
import { NEXMARK_STREAMS, rowsWithin } from './streams.ts';

/** Persons, auctions and bids of the Nexmark benchmark, flat: the same event has the same content in every run. */
export const nexmark: Connector = {
  name: NEXMARK.name,
  title: NEXMARK.title,
  createSource: (options, schema) => {
    const values = new OptionValues(NEXMARK, options, 'source');
    const stream = NEXMARK_STREAMS.find((name) => name === values.required('stream')) ?? 'bid';
    const firstEventTime = Date.parse(`${values.text('first-event-time')?.replace(' ', 'T')}Z`);
    if (Number.isNaN(firstEventTime)) {
      throw invalidOption('first-event-time', "option 'first-event-time' is a time such as '2026-01-01 00:00:00'");
    }
    const shape = { stream, firstEventTime, eventsPerSecond: values.integer('events-per-second') ?? 10_000 };
    checkColumns(shape, schema);
    const events = values.integer('number-of-events');
    const seed = values.integer('seed') ?? 1;
    return new GeneratorSource({
      rowsPerSecond: values.integer('rows-per-second') ?? 1_000,
      rows: events === undefined ? undefined : rowsWithin(stream, events),
      createMaker: () => new NexmarkRows(schema, shape, seed),
    });
  },
};

function checkColumns(shape: NexmarkShape, schema: Schema): void {
  const known = nexmarkRow(shape, 0, new PositionRandom(1));
  for (const { name, type } of schema.fields) {
    const value = known[name];
    if (value === undefined) {
      const names = Object.keys(known).join(', ');
      throw invalidOption('stream', `stream '${shape.stream}' of Nexmark has the columns ${names}, not '${name}'`);
    }
    const wanted = typeof value === 'bigint' ? 'bigint' : typeof value === 'string' ? 'string' : 'timestamp';
    const isTime = (type.kind === 'timestamp' || type.kind === 'timestamp_ltz') && !isFineTimestamp(type);
    if (wanted === 'timestamp' ? isTime : type.kind === wanted) continue;
    const words = { bigint: 'BIGINT', string: 'STRING', timestamp: 'TIMESTAMP(3)' }[wanted];
    throw invalidOption('stream', `column '${name}' of Nexmark is ${words}`);
  }
}

class NexmarkRows implements RowMaker {
  readonly #schema: Schema;
  readonly #shape: NexmarkShape;
  readonly #builder: BatchBuilder;
  readonly #random: PositionRandom;

  constructor(schema: Schema, shape: NexmarkShape, seed: number) {
    this.#schema = schema;
    this.#shape = shape;
    this.#builder = new BatchBuilder(schema);
    this.#random = new PositionRandom(seed);
  }

  append(sequence: number): void {
    const row = nexmarkRow(this.#shape, sequence, this.#random);
    this.#builder.append(this.#schema.fields.map(({ name }) => row[name] ?? null));
  }

  finish(runs: readonly SplitRun[]) {
    return { ...this.#builder.finish(), runs };
  }
}
