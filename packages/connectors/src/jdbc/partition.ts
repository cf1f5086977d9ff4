import type { Split } from '@millrace/contracts';
import { type SplitId, StreamError } from '@millrace/model';
import { z } from 'zod';
import type { OptionValues } from '../option/option-values.ts';

/** Ranges of a whole-number column, read side by side (`scan.partition.*`). Rows outside of the bounds are not read, as in Flink. */
export interface TablePartition {
  readonly column: string;
  readonly lower: bigint;
  /** Inclusive. */
  readonly upper: bigint;
  readonly count: number;
}

const position = z.object({
  /** Rows whose column lies in these bounds, both inclusive; absent: all rows. */
  range: z.object({ column: z.string(), from: z.string(), to: z.string() }).optional(),
  /** The columns the split is read in the order of, and their values in the last row read; absent before the first row, and for tables without a key. */
  after: z.object({ columns: z.array(z.string()), values: z.array(z.string()) }).optional(),
  /** Rows read of a table without a key, in the order of all columns. */
  skip: z.int().nonnegative(),
});

/** Where the reading of a split goes on. */
export type TablePosition = z.infer<typeof position>;

export function tablePartitionOf(values: OptionValues): TablePartition | undefined {
  const column = values.text('scan.partition.column');
  if (column === undefined) return undefined;
  return {
    column,
    lower: BigInt(values.required('scan.partition.lower-bound')),
    upper: BigInt(values.required('scan.partition.upper-bound')),
    count: values.integer('scan.partition.num') ?? 1,
  };
}

/** Pure: the same splits for the same options, whatever the table holds. */
export function splitsOf(partition: TablePartition | undefined): readonly Split<TablePosition>[] {
  if (partition === undefined) return [{ id: 'table' as SplitId, start: { skip: 0 } }];
  const { column, lower, upper } = partition;
  const values = upper - lower + 1n;
  const count = BigInt(partition.count) < values ? BigInt(partition.count) : values;
  return Array.from({ length: Number(count) }, (_, at) => {
    const edge = (index: bigint) => lower + (values * index) / count;
    const range = { column, from: String(edge(BigInt(at))), to: String(edge(BigInt(at) + 1n) - 1n) };
    return { id: `${column}-${at}` as SplitId, start: { range, skip: 0 } };
  });
}

export function parsePosition(split: Split): TablePosition {
  const parsed = position.safeParse(split.start);
  if (parsed.success) return parsed.data;
  const message = `the checkpoint holds a position for split '${split.id}' that is none of a table; start the job without it`;
  throw new StreamError('jdbc.bad-split', message, { domain: 'internal', retry: 'never' });
}

/** Behind a page: `keys` are the columns it is in the order of, `last` their values in its last row, undefined when it had none. */
export function positionBehind(
  position: TablePosition,
  keys: readonly string[],
  last: readonly string[] | undefined,
  rows: number,
): TablePosition {
  if (last === undefined) return position;
  const where = position.range === undefined ? {} : { range: position.range };
  if (keys.length === 0) return { ...where, skip: position.skip + rows };
  return { ...where, after: { columns: [...keys], values: [...last] }, skip: 0 };
}
