import { type Column, columnOf, gather, type RecordBatch, rowNumbers, type Value } from '@millrace/batch';
import type { Operator, UserFunctions } from '@millrace/contracts';
import type { DataType, Schema } from '@millrace/model';
import type { UnnestNode } from '@millrace/plan';
import { compileProjection } from '../expression/compile.ts';
import { unsupported } from '../expression/scope.ts';
import { stateful } from '../row/stateful.ts';

/** Rows per emitted batch; one input row with more elements still makes several batches. */
const EMITTED_ROWS_MAX = 1024;

/** CROSS JOIN UNNEST, and with `outer` LEFT JOIN UNNEST: rows of the input next to the elements of their collection. */
export function createUnnest(node: UnnestNode, input: Schema, functions?: UserFunctions): Operator {
  const project = compileProjection([node.collection], input, node.label, functions);
  const elements = elementsOf(node.collection.type);
  const added = node.schema.fields.slice(input.fields.length).map(({ type }) => type);
  return stateful([], (context) => ({
    process(batch, _input, out) {
      const [collections] = project(batch, context.clock.now());
      const rows: number[] = [];
      const values: Value[][] = added.map(() => []);
      const flush = () => {
        if (rows.length === 0) return;
        out.emit(widened(batch, Int32Array.from(rows), values, node, added));
        rows.length = 0;
        for (const column of values) column.length = 0;
      };
      const add = (row: number, element: readonly Value[], ordinality: Value) => {
        rows.push(row);
        for (const [at, column] of values.entries())
          column.push((node.withOrdinality && at === values.length - 1 ? ordinality : element[at]) ?? null);
        if (rows.length === EMITTED_ROWS_MAX) flush();
      };
      for (const row of batch.selection ?? rowNumbers(batch.rows)) {
        let ordinality = 0;
        for (const element of collectionAt(collections, row, elements)) add(row, element, ++ordinality);
        if (ordinality === 0 && node.outer) add(row, [], null);
      }
      flush();
    },
  }));
}

type Elements = (collection: unknown) => Iterable<readonly Value[]>;

/** What one element gives: of ARRAY<ROW> its fields (none for a NULL row), of MAP key and value, otherwise itself. */
function elementsOf(type: DataType): Elements {
  if (type.kind === 'map') return (collection) => (collection instanceof Map ? collection : []);
  if (type.kind !== 'array') throw unsupported('UNNEST', type);
  const isRow = type.element.kind === 'row';
  return (collection) => {
    if (!Array.isArray(collection)) return [];
    return collection.map((element: Value): readonly Value[] =>
      isRow ? (Array.isArray(element) ? element : []) : [element],
    );
  };
}

function collectionAt(column: Column | undefined, row: number, elements: Elements): Iterable<readonly Value[]> {
  if (column?.kind !== 'object' || column.nulls?.[row] === 1) return [];
  return elements(column.values[row]);
}

function widened(
  batch: RecordBatch,
  rows: Int32Array,
  values: readonly (readonly Value[])[],
  { schema }: UnnestNode,
  added: readonly DataType[],
): RecordBatch {
  const gathered = gather(batch, rows);
  const columns = added.map((type, at) => columnOf(values[at] ?? [], type));
  return { ...gathered, schema, columns: [...gathered.columns, ...columns] };
}
