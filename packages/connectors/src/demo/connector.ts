import { BatchBuilder, type SplitRun } from '@millrace/batch';
import type { Connector } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { GeneratorSource, type RowMaker } from '../generator/generator-source.ts';
import { invalidOption, OptionValues } from '../option/option-values.ts';
import { type DemoEvents, type DemoShape, demoEvents } from './events.ts';
import { DEMO } from './options.ts';

/** Events of a food-delivery service that never sleeps, as JSON text with keys: what the demo's topics are filled from. */
export const demo: Connector = {
  name: DEMO.name,
  title: DEMO.title,
  createSource: (options, schema) => {
    const values = new OptionValues(DEMO, options, 'source');
    for (const { name, type } of schema.fields) {
      if ((name === 'key' || name === 'value') && type.kind === 'string') continue;
      throw invalidOption('connector', `connector 'demo' has the columns key STRING and value STRING, not '${name}'`);
    }
    const shape: DemoShape = {
      dataset: values.required('dataset'),
      rowsPerSecond: values.integer('rows-per-second') ?? 50,
      outOfOrderMs: values.durationMs('out-of-orderness') ?? 0,
      lateRatio: Number(values.text('late-ratio')),
      malformedRatio: Number(values.text('malformed-ratio')),
      seed: values.integer('seed') ?? 1,
    };
    return new GeneratorSource({
      rowsPerSecond: shape.rowsPerSecond,
      rows: undefined,
      createMaker: () => new DemoRows(schema, demoEvents(shape)),
    });
  },
};

class DemoRows implements RowMaker {
  readonly #schema: Schema;
  readonly #builder: BatchBuilder;
  readonly #events: DemoEvents;

  constructor(schema: Schema, events: DemoEvents) {
    this.#schema = schema;
    this.#builder = new BatchBuilder(schema);
    this.#events = events;
  }

  append(sequence: number, dueAt: number): void {
    const event = this.#events(sequence, dueAt);
    this.#builder.append(this.#schema.fields.map(({ name }) => (name === 'key' ? event.key : event.value)));
  }

  finish(runs: readonly SplitRun[]) {
    return { ...this.#builder.finish(), runs };
  }
}
