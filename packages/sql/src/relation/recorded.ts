import { changesRead } from '../connector-options.ts';
import { project, type Relation, scan, scanRecorded } from './relation.ts';
import { uniqueColumns } from './unique-columns.ts';

/**
 * The records of a table that tells rows by key as they are, for who looks at each key's latest row only: below columns that are passed on, and
 * nothing else. A deletion is a record of its key alone there, with NULLs for the rest. Of a table whose records are full changes these, with their
 * event time. Any other relation stays and gives full changes.
 */
export function asRecorded(relation: Relation): Relation {
  if (relation.kind === 'scan' && relation.changes === 'retract') {
    const { table, columns } = relation;
    return changesRead(table) === 'upsert' ? scan(table, columns, 'upsert') : scanRecorded(table, columns);
  }
  if (relation.kind !== 'project' || relation.expressions.some(({ kind }) => kind !== 'column')) return relation;
  const input = asRecorded(relation.input);
  if (input === relation.input) return relation;
  const names = relation.fields.map(({ name }) => name);
  return project(input, relation.expressions, names);
}

/** What a table that is written by `key` is given: the records themselves when they are told by the same key, so that nothing is remembered between. */
export function asWritten(relation: Relation, key: readonly number[]): Relation {
  const unique = uniqueColumns(relation, 'certain');
  const isSameKey = unique?.length === key.length && key.every((column) => unique.includes(column));
  return isSameKey ? asRecorded(relation) : relation;
}
