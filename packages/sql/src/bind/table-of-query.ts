import type { ColumnDefinition, CreateTable, Name, Query, TableDeclaration } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import type { Relation } from '../relation/relation.ts';
import { unknownColumn } from './scope.ts';

/**
 * The table of CREATE TABLE t (...) AS query: its own columns, then those of the query. A stored column of its own that has the name of one of the
 * query's gives that one another type; names alone say the order. Undefined after a report.
 */
export function tableOfQuery(
  statement: CreateTable,
  query: Query,
  relation: Relation,
  report: Report,
): TableDeclaration | undefined {
  const { name, columns, queryColumns } = statement;
  const at = { from: name.from, to: name.to };
  const given = relation.fields.map((field): ColumnDefinition => {
    const type = { type: field.type, ...at };
    return { kind: 'physical', name: { text: field.name, ...at }, type, ...at };
  });
  const twice = given.find((column, index) => given.findIndex((other) => other.name.text === column.name.text) < index);
  if (twice !== undefined) {
    const message = `The query has two columns ${twice.name.text}: give one of them another name with AS.`;
    return report.error('sql.duplicate-name', query, message);
  }
  if (queryColumns.length > 0) {
    const ordered = inOrder(queryColumns, given, query, report);
    return ordered && { ...statement, columns: ordered };
  }
  const typed = new Map(columns.filter(({ kind }) => kind === 'physical').map((column) => [column.name.text, column]));
  const names = new Set(given.map((column) => column.name.text));
  const own = columns.filter((column) => column.kind !== 'physical' || !names.has(column.name.text));
  return { ...statement, columns: [...own, ...given.map((column) => typed.get(column.name.text) ?? column)] };
}

function inOrder(
  names: readonly Name[],
  given: readonly ColumnDefinition[],
  query: Query,
  report: Report,
): readonly ColumnDefinition[] | undefined {
  const found = names.map((name) => {
    const column = given.find((candidate) => candidate.name.text === name.text);
    return (
      column ??
      unknownColumn(
        name,
        given.map((candidate) => candidate.name.text),
        report,
      )
    );
  });
  const known = found.filter((column) => column !== undefined);
  if (known.length < names.length) return undefined;
  if (known.length === given.length) return known;
  const message = `The list names ${names.length} of the ${given.length} columns of the query: name all, or none.`;
  return report.error('sql.sink-mismatch', query, message);
}
