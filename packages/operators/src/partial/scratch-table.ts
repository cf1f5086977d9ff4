import type { AccumulatorKind, KeyedTable } from '@millrace/contracts';

/** Fresh accumulators for `size` rows that are a group each: what a row alone adds up to, without looking a key up. */
export function scratchTable(kinds: readonly AccumulatorKind[], size: number): KeyedTable {
  const held = kinds.map((kind) => {
    if (kind === 'float64') return new Float64Array(size);
    return kind === 'int32' ? new Int32Array(size) : Array.from<unknown>({ length: size });
  });
  const refuse = (): never => {
    throw new Error('rows that are a group each have no keys to look up');
  };
  return {
    size,
    slotsOf: refuse,
    clear: refuse,
    release: refuse,
    keyColumns: refuse,
    keysAt: refuse,
    float64(accumulator) {
      const values = held[accumulator];
      if (!(values instanceof Float64Array)) throw new Error(`accumulator ${accumulator} is not float64`);
      return values;
    },
    int32(accumulator) {
      const values = held[accumulator];
      if (!(values instanceof Int32Array)) throw new Error(`accumulator ${accumulator} is not int32`);
      return values;
    },
    object(accumulator) {
      const values = held[accumulator];
      if (!Array.isArray(values)) throw new Error(`accumulator ${accumulator} is not object`);
      return values;
    },
  };
}
