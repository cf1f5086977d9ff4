import { BatchBuilder, type SplitRun, type Value } from '@millrace/batch';
import type { Connector } from '@millrace/contracts';
import { type DataType, isFineTimestamp, type Schema } from '@millrace/model';
import { z } from 'zod';
import { GeneratorSource, type RowMaker } from '../generator/generator-source.ts';
import { invalidOption, OptionValues } from '../option/option-values.ts';
import { VALUES } from './options.ts';

/** All rows are due at once. */
const ROWS_PER_SECOND = 1_000_000_000;

const columnsOption = z.array(z.string());
const rowsOption = z.array(z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])));
type Literal = z.infer<typeof rowsOption>[number][number];

/** The rows of VALUES: bounded, each row once, restored in the middle. */
export const values: Connector = {
  name: VALUES.name,
  title: VALUES.title,
  createSource: (options, schema) => {
    const given = new OptionValues(VALUES, options, 'source');
    const columns = parsed(given.required('columns'), 'columns', columnsOption);
    const rows = parsed(given.required('rows'), 'rows', rowsOption);
    const places = schema.fields.map(({ name }) => columns.indexOf(name));
    const missing = schema.fields[places.indexOf(-1)];
    if (missing !== undefined) throw invalidOption('columns', `option 'columns' does not name '${missing.name}'`);
    return new GeneratorSource({
      rowsPerSecond: ROWS_PER_SECOND,
      rows: rows.length,
      createMaker: () => new ValuesRows(schema, places, rows),
    });
  },
};

class ValuesRows implements RowMaker {
  readonly #schema: Schema;
  readonly #builder: BatchBuilder;
  readonly #places: readonly number[];
  readonly #rows: readonly (readonly Literal[])[];

  constructor(schema: Schema, places: readonly number[], rows: readonly (readonly Literal[])[]) {
    this.#schema = schema;
    this.#builder = new BatchBuilder(schema);
    this.#places = places;
    this.#rows = rows;
  }

  append(sequence: number): void {
    const row = this.#rows[sequence] ?? [];
    this.#builder.append(
      this.#schema.fields.map(({ type }, at) => valueOfLiteral(row[this.#places[at] ?? -1] ?? null, type)),
    );
  }

  finish(runs: readonly SplitRun[]) {
    return { ...this.#builder.finish(), runs };
  }
}

/** A literal of a plan as a value: BIGINT and ticks have their digits in a text, BYTES base64. */
function valueOfLiteral(literal: Literal, type: DataType): Value {
  if (literal === null) return null;
  if (type.kind === 'bigint' || isFineTimestamp(type)) return BigInt(literal);
  return type.kind === 'bytes' ? new Uint8Array(Buffer.from(String(literal), 'base64')) : literal;
}

function parsed<Shape>(text: string, option: string, shape: z.ZodType<Shape>): Shape {
  try {
    return shape.parse(JSON.parse(text));
  } catch (cause) {
    throw invalidOption(
      option,
      `option '${option}' is not the JSON the compiler writes (${String(cause).slice(0, 200)})`,
    );
  }
}
