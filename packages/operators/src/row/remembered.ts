import type { RecordBatch } from '@millrace/batch';
import type { OperatorContext, StateKey, StateValue, ValuesState } from '@millrace/contracts';

/** Values of one shape by key: what an operator put under a name of its own, it finds there in that shape. */
export class Remembered<Shape extends StateValue> {
  readonly #values: ValuesState;

  constructor(context: OperatorContext, name: string) {
    this.#values = context.state.values(name);
  }

  keysOf(batch: RecordBatch, keyColumns: readonly number[]): readonly StateKey[] {
    return this.#values.keysOf(batch, keyColumns);
  }

  get(key: StateKey): Shape | undefined {
    return this.#values.get(key) as Shape | undefined;
  }

  set(key: StateKey, value: Shape): void {
    this.#values.set(key, value);
  }

  delete(key: StateKey): void {
    this.#values.delete(key);
  }

  entries(): IterableIterator<readonly [StateKey, Shape]> {
    return this.#values.entries() as IterableIterator<readonly [StateKey, Shape]>;
  }
}
