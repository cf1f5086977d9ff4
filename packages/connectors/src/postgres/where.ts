import type { DataType, Schema } from '@millrace/model';
import { type CallExpression, conjuncts, type Expression, type SourceFilter } from '@millrace/plan';
import type { StoredColumn, StoredTable } from './stored-table.ts';

/** Gives a value its place among the parameters of a statement: `$3::bigint`. */
export type Parameter = (value: string, type: string) => string;

/** A condition in PostgreSQL's words, once per statement. */
export type Where = (parameter: Parameter) => string;

/**
 * The conjuncts of a filter that the database computes exactly as the steps above would: NULLs, digits and the order of texts included. None where a
 * watermark goes by the rows, whose times would not be known. None without a key either: pages would skip by a number of rows that depends on the condition, and a
 * job goes on under another one.
 */
export function wheresOf(filter: SourceFilter | undefined, schema: Schema, stored: StoredTable): readonly Where[] {
  if (filter === undefined || filter.eventTime !== undefined || stored.key === undefined) return [];
  return conjuncts(filter.condition).flatMap((condition) => whereOf(condition, schema, stored.columns) ?? []);
}

type Columns = ReadonlyMap<string, StoredColumn>;

function whereOf(condition: Expression, schema: Schema, columns: Columns): Where | undefined {
  if (condition.kind === 'column') return booleanColumn(condition, schema, columns);
  if (condition.kind !== 'call') return undefined;
  const parts = () => all(condition.args.map((part) => whereOf(part, schema, columns)));
  switch (condition.name) {
    case 'and':
    case 'or': {
      const wheres = parts();
      return (
        wheres &&
        ((parameter) => `(${wheres.map((where) => where(parameter)).join(` ${condition.name.toUpperCase()} `)})`)
      );
    }
    case 'not': {
      const [where] = parts() ?? [];
      return where && ((parameter) => `NOT (${where(parameter)})`);
    }
    case 'is-null':
    case 'is-not-null': {
      const [column] = condition.args;
      const name = column?.kind === 'column' ? schema.fields[column.index]?.name : undefined;
      return name === undefined
        ? undefined
        : () => `${quotedColumn(name)} IS ${condition.name === 'is-null' ? '' : 'NOT '}NULL`;
    }
    case 'in': {
      const [needle, ...items] = condition.args;
      const equalities = needle && all(items.map((item) => comparison('=', needle, item, schema, columns)));
      return equalities && ((parameter) => `(${equalities.map((where) => where(parameter)).join(' OR ')})`);
    }
    default:
      return comparisonOf(condition, schema, columns);
  }
}

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);

function comparisonOf({ name, args }: CallExpression, schema: Schema, columns: Columns): Where | undefined {
  const [left, right] = args;
  if (left === undefined || right === undefined || !COMPARISONS.has(name)) return undefined;
  return comparison(name, left, right, schema, columns);
}

/** Of two whole numbers, or of a text and a constant. */
function comparison(
  name: string,
  left: Expression,
  right: Expression,
  schema: Schema,
  columns: Columns,
): Where | undefined {
  const integers = all([integer(left, schema, columns), integer(right, schema, columns)]);
  if (integers !== undefined) return (parameter) => integers.map((where) => where(parameter)).join(` ${name} `);
  const column = left.kind === 'column' ? storedColumn(left, schema, columns) : undefined;
  const text = right.kind === 'literal' && right.type.kind === 'string' ? right.value : undefined;
  if (column === undefined || !TEXTS.includes(column.type) || typeof text !== 'string' || text.includes('\0'))
    return undefined;
  return (parameter) => textComparison(name, quotedColumn(column.name), parameter(text, 'text'));
}

/**
 * Texts are equal when their bytes are, and ordered by them, whatever the collation of the column; the plain equality is there for an index of the column to serve.
 */
function textComparison(name: string, column: string, value: string): string {
  const exact = `${column} COLLATE "C" ${name === '<>' ? '=' : name} ${value}`;
  if (name !== '=' && name !== '<>') return exact;
  const equal = `(${column} = ${value} AND ${exact})`;
  return name === '=' ? equal : `NOT ${equal}`;
}

const INTEGERS: readonly string[] = ['smallint', 'integer', 'bigint'];
const TEXTS: readonly string[] = ['text', 'character varying'];

/** A whole number: a column that holds nothing else, or a constant; a cast into a wider whole number changes nothing. */
function integer(expression: Expression, schema: Schema, columns: Columns): Where | undefined {
  if (expression.kind === 'cast')
    return widthOf(expression.type) >= widthOf(expression.arg.type)
      ? integer(expression.arg, schema, columns)
      : undefined;
  if (widthOf(expression.type) < 0) return undefined;
  if (expression.kind === 'literal') {
    const { value } = expression;
    return value === null ? undefined : (parameter) => parameter(String(value), 'bigint');
  }
  if (expression.kind !== 'column') return undefined;
  const column = storedColumn(expression, schema, columns);
  return column !== undefined && INTEGERS.includes(column.type) ? () => quotedColumn(column.name) : undefined;
}

function widthOf({ kind }: DataType): number {
  return ['tinyint', 'smallint', 'integer', 'bigint'].indexOf(kind);
}

function booleanColumn(
  expression: Expression & { kind: 'column' },
  schema: Schema,
  columns: Columns,
): Where | undefined {
  const column = storedColumn(expression, schema, columns);
  return column?.type === 'boolean' ? () => quotedColumn(column.name) : undefined;
}

function storedColumn(
  { index }: { readonly index: number },
  { fields }: Schema,
  columns: Columns,
): StoredColumn | undefined {
  return columns.get(fields[index]?.name ?? '');
}

function all<Item>(items: readonly (Item | undefined)[]): readonly Item[] | undefined {
  return items.every((item) => item !== undefined) ? items.filter((item) => item !== undefined) : undefined;
}

/** Of the table read, which statements call `t`. */
export function quotedColumn(name: string): string {
  return `t."${name.replaceAll('"', '""')}"`;
}
