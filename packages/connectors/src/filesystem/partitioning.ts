import { BatchBuilder, type Value } from '@millrace/batch';
import { type Field, formatDataType, type Schema, StreamError } from '@millrace/model';
import { compilePredicate } from '@millrace/operators';
import { columnsOf, conjunction, type Expression, remap, type SourceFilter } from '@millrace/plan';
import { readPartitionName } from './partition-path.ts';
import { partitionValue } from './partition-value.ts';
import type { Partitions } from './table.ts';

/** The PARTITIONED BY columns of a table that is read: their values stand in the names of folders. */
export class Partitioning {
  /** All columns; each has a folder, in any order. */
  readonly #names: readonly string[];
  readonly #defaultName: string;
  /** Those that are read. */
  readonly fields: readonly Field[];
  readonly #wanted: ((values: readonly Value[]) => boolean) | undefined;

  constructor(partitions: Partitions, schema: Schema, filter: SourceFilter | undefined) {
    this.#names = partitions.names;
    this.#defaultName = partitions.defaultName;
    this.fields = partitions.columns.flatMap((column) => schema.fields[column] ?? []);
    this.#wanted = wantedBy(filter, schema, partitions.columns);
  }

  /** How many folders lie above every file. */
  get depth(): number {
    return this.#names.length;
  }

  /** Whether a folder is one of a partition, and not to be passed over though its name begins with `_` or `.`. */
  isPartition(name: string): boolean {
    const found = readPartitionName(name, this.#defaultName);
    return found !== undefined && this.#names.includes(found.column);
  }

  /** Values of the columns that are read, from the names of the `depth` folders. `shown`: the path for messages. */
  valuesOf(folders: readonly string[], shown: string): readonly Value[] {
    const found = folders.map((name) => readPartitionName(name, this.#defaultName));
    const missing = this.#names.find((name) => !found.some((each) => each?.column === name));
    if (missing !== undefined) {
      const wanted = this.#names.map((name) => `${name}=...`).join('/');
      throw badPartition(
        `'${shown}' lies in no folder ${missing}=...; files of this table lie in ${wanted}: move it there, or begin its name with _`,
      );
    }
    return this.fields.map(({ name, type }) => {
      const text = found.find((each) => each?.column === name)?.text ?? null;
      const value = partitionValue(text, type);
      if (value !== undefined) return value;
      throw badPartition(
        `'${shown}' says ${name} is ${text === null ? 'NULL' : `'${text}'`}, which is no ${formatDataType(type)}; rename the folder, or declare ${name} otherwise`,
      );
    });
  }

  /** False when a query refuses every row of a partition with these values: its files need not be read. */
  isWanted(values: readonly Value[]): boolean {
    return this.#wanted?.(values) ?? true;
  }
}

/**
 * What a condition on rows says of the partition columns alone. Where event time goes by the rows, also those that nobody wants move it,
 * so everything is read.
 */
function wantedBy(
  filter: SourceFilter | undefined,
  { fields }: Schema,
  columns: readonly number[],
): ((values: readonly Value[]) => boolean) | undefined {
  if (filter === undefined || filter.eventTime !== undefined) return undefined;
  const condition = impliedOver(columns, filter.condition);
  if (condition === undefined) return undefined;
  const schema: Schema = { fields: columns.flatMap((column) => fields[column] ?? []) };
  const over = remap(condition, (column) => columns.indexOf(column));
  const holds = compilePredicate(over, schema, 'partitions of files');
  return (values) => {
    const row = new BatchBuilder(schema);
    row.append(values);
    try {
      const passed = holds(row.finish(), 0);
      return (passed.selection?.length ?? passed.rows) > 0;
    } catch {
      // A condition that fails, fails in the filter above, in its own words.
      return true;
    }
  };
}

/** True wherever the condition is, and over these columns only; undefined when it says nothing of them by themselves. */
function impliedOver(columns: readonly number[], condition: Expression): Expression | undefined {
  if (condition.kind === 'call' && condition.name === 'and')
    return conjunction(condition.args.flatMap((part) => impliedOver(columns, part) ?? []));
  if (condition.kind === 'call' && condition.name === 'or') {
    const parts = condition.args.flatMap((part) => impliedOver(columns, part) ?? []);
    return parts.length < condition.args.length ? undefined : { ...condition, args: parts };
  }
  const used = [...columnsOf(condition)];
  return used.length > 0 && used.every((column) => columns.includes(column)) ? condition : undefined;
}

function badPartition(message: string): StreamError {
  return new StreamError('filesystem.bad-partition', message, { domain: 'user', retry: 'never' });
}
