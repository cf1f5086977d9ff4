import { BatchBuilder, type SplitRun, type Value } from '@millrace/batch';
import type { Connector } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { GeneratorSource, type RowMaker } from '../generator/generator-source.ts';
import { OptionValues } from '../option/option-values.ts';
import { PositionRandom } from '../random.ts';
import { type FieldMaker, fieldMakers, sequenceRows } from './field-maker.ts';
import { DATAGEN } from './options.ts';

/** Flink's datagen, seeded: rows for trying queries and for load. */
export const datagen: Connector = {
  name: DATAGEN.name,
  title: DATAGEN.title,
  createSource: (options, schema) => {
    const values = new OptionValues(DATAGEN, options, 'source');
    const makers = fieldMakers(values, schema);
    const limits = [values.integer('number-of-rows'), sequenceRows(values)].filter((rows) => rows !== undefined);
    const seed = values.integer('seed') ?? 1;
    return new GeneratorSource({
      rowsPerSecond: values.integer('rows-per-second') ?? 10_000,
      rows: limits.length === 0 ? undefined : Math.min(...limits),
      createMaker: () => new DatagenRows(schema, makers, seed),
    });
  },
};

class DatagenRows implements RowMaker {
  readonly #builder: BatchBuilder;
  readonly #makers: readonly FieldMaker[];
  readonly #random: PositionRandom;

  constructor(schema: Schema, makers: readonly FieldMaker[], seed: number) {
    this.#builder = new BatchBuilder(schema);
    this.#makers = makers;
    this.#random = new PositionRandom(seed);
  }

  append(sequence: number, dueAt: number): void {
    const random = this.#random.at(sequence);
    this.#builder.append(this.#makers.map((make): Value => make(sequence, random, dueAt)));
  }

  finish(runs: readonly SplitRun[]) {
    return { ...this.#builder.finish(), runs };
  }
}
