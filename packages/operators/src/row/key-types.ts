import type { DataType, Schema } from '@millrace/model';
import { unsupported } from '../expression/scope.ts';

/** The types of key columns, for a state descriptor. Throws `expression.unsupported` for ARRAY, MAP and ROW; `use` names who asks. */
export function keyTypesOf(schema: Schema, keys: readonly number[], use: string): readonly DataType[] {
  return keys.map((index) => {
    const type = schema.fields[index]?.type;
    if (type === undefined) throw new Error(`the key column ${index} does not exist`);
    if (type.kind === 'array' || type.kind === 'map' || type.kind === 'row') throw unsupported(use, type);
    return type;
  });
}
