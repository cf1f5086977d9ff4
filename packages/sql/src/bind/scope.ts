import type { Expression } from '@millrace/plan';
import type { ColumnRef, Name } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import type { Relation } from '../relation/relation.ts';
import type { Span } from '../source-text.ts';
import { didYouMean } from '../suggestion.ts';
import { quotedName } from './table.ts';

/** Names declared but refused: naming them is not reported again. `unknown`: any name may be one. */
type Broken = ReadonlySet<string> | 'unknown';

/** A table of a join: which columns of the whole are its. */
export interface ScopePart {
  readonly qualifier: string | undefined;
  readonly columns: readonly number[];
  readonly broken: Broken;
}

/** The columns an expression may name: those of one relation under one table name or alias, or of a join under several. */
export interface Scope {
  readonly relation: Relation | undefined;
  /** What stands before the dot. */
  readonly qualifier: string | undefined;
  readonly broken: Broken;
  /** The tables of a join. Absent: all columns are of one table, called `qualifier`. */
  readonly parts?: readonly ScopePart[];
  /** The columns * and a name alone may mean, in order; absent: all. */
  readonly visible?: readonly number[];
  /**
   * The rows of this scope for which all conditions hold; a join takes them for its own conditions (an inner join makes keys of
   * them). Absent: a filter does.
   */
  readonly where?: (conditions: readonly Expression[]) => Relation;
  /** Around a subquery: a column found only there is told as such. */
  readonly outer?: Scope;
  /** Names that SELECT gives to values, where they cannot be used: one of them is told as such. */
  readonly aliases?: readonly { readonly name: string; readonly value: Span }[];
}

/** The tables of a scope; one, unless it is a join. */
export function partsOf(scope: Scope): readonly ScopePart[] {
  if (scope.parts !== undefined) return scope.parts;
  return [{ qualifier: scope.qualifier, columns: visibleColumns(scope), broken: scope.broken }];
}

export function visibleColumns(scope: Scope): readonly number[] {
  return scope.visible ?? [...(scope.relation?.fields.keys() ?? [])];
}

/** Columns of `t.*`; undefined when no table is called so. */
export function columnsOfTable(scope: Scope, qualifier: string): readonly number[] | undefined {
  return partsOf(scope).find((part) => part.qualifier === qualifier)?.columns;
}

export function qualifiersOf(scope: Scope): readonly string[] {
  return partsOf(scope).flatMap(({ qualifier }) => qualifier ?? []);
}

/** Where a reference leads: the column, and how many names of the path it took; the rest are fields of a ROW. */
interface Found {
  readonly index: number;
  readonly taken: 1 | 2;
}

/** The column a reference names, if there is exactly one; reports nothing. In `a.b` a table a comes before a ROW a. */
export function findColumn(ref: ColumnRef, scope: Scope): Found | undefined {
  const [first, second] = ref.path;
  if (first === undefined) return undefined;
  const table = second && columnsOfTable(scope, first.text);
  const qualified = table && second && matching(second.text, table, scope);
  if (qualified?.length === 1) return { index: qualified[0] ?? 0, taken: 2 };
  const plain = matching(first.text, visibleColumns(scope), scope);
  const [only] = plain;
  return only !== undefined && plain.length === 1 ? { index: only, taken: 1 } : undefined;
}

function matching(name: string, columns: readonly number[], scope: Scope): readonly number[] {
  return columns.filter((index) => scope.relation?.fields[index]?.name === name);
}

/** The column a reference names; undefined after a report (or when the reason was reported already). */
export function resolveColumn(ref: ColumnRef, scope: Scope, report: Report): Expression | undefined {
  const found = findColumn(ref, scope);
  if (found === undefined) return refuseColumn(ref, scope, report);
  const field = scope.relation?.fields[found.index];
  if (field === undefined) return undefined;
  let value: Expression = { kind: 'column', index: found.index, type: field.type };
  for (const name of ref.path.slice(found.taken)) {
    const next = fieldOf(value, name, { from: ref.from, to: ref.to }, report);
    if (next === undefined) return undefined;
    value = next;
  }
  return value;
}

/** `row.name`, NULL when the row is. */
export function fieldOf(row: Expression, name: Name, span: Span, report: Report): Expression | undefined {
  if (row.type.kind !== 'row') {
    const message = `Only a ROW has fields, so there is no ${name.text} in it.`;
    return report.error('sql.type-mismatch', span, message);
  }
  const index = row.type.fields.findIndex((field) => field.name === name.text);
  const field = row.type.fields[index];
  if (field === undefined) {
    const names = row.type.fields.map((candidate) => candidate.name);
    const { hint, fix } = didYouMean(name.text, name, names);
    const help = hint === '' ? ` Fields: ${listed(names)}.` : hint;
    return report.error('sql.unknown-column', name, `No field ${name.text} in the ROW.${help}`, fix);
  }
  const nullable = row.type.nullable || field.type.nullable;
  const at: Expression = { kind: 'literal', value: index, type: { kind: 'integer', nullable: false } };
  return { kind: 'call', name: 'row-field', args: [row, at], type: { ...field.type, nullable } };
}

function refuseColumn(ref: ColumnRef, scope: Scope, report: Report): undefined {
  const [first, second] = ref.path;
  if (first === undefined) return undefined;
  const table = second && columnsOfTable(scope, first.text);
  const name = table === undefined ? first : (second ?? first);
  const columns = table ?? visibleColumns(scope);
  if (matching(name.text, columns, scope).length > 1) return refuseAmbiguous(name, scope, report);
  if (scope.outer !== undefined && findColumn(ref, scope.outer) !== undefined) {
    const message = `${ref.path.map(({ text }) => text).join('.')} belongs to the outer query: a subquery may name it in WHERE only, in conditions joined by AND.`;
    return report.error('sql.unsupported', ref, message);
  }
  if (table === undefined && second !== undefined) {
    const { hint, fix } = didYouMean(first.text, first, qualifiersOf(scope));
    return report.error('sql.unknown-table', first, `No table ${first.text} in FROM.${hint}`, fix);
  }
  if (scope.relation === undefined || partsOf(scope).length === 0) {
    return report.error('sql.unknown-column', name, `There is no FROM, so there is no column ${name.text}.`);
  }
  const asked = partsOf(scope).filter((part) => table === undefined || part.columns === table);
  const { broken } = scope;
  if (broken === 'unknown' || broken.has(name.text)) return undefined;
  if (asked.some((part) => part.broken === 'unknown' || part.broken.has(name.text))) return undefined;
  const alias = second === undefined ? scope.aliases?.find((known) => known.name === name.text) : undefined;
  if (alias !== undefined) return refuseAlias(name, alias.value, report);
  const names = columns.flatMap((index) => scope.relation?.fields[index]?.name ?? []);
  return unknownColumn(name, names, report);
}

/** WHERE, GROUP BY and HAVING come before SELECT, in Flink too. */
function refuseAlias(name: Name, value: Span, report: Report): undefined {
  const insert = report.source.slice(value);
  const title = `Change to ${insert.length > 40 ? 'the value itself' : insert}`;
  const fix = { title, insert, from: name.from, to: name.to };
  const message = `${name.text} is a name that SELECT gives, and only ORDER BY comes after it: write the value itself here.`;
  return report.error('sql.unknown-column', name, message, fix);
}

function refuseAmbiguous(name: Name, scope: Scope, report: Report): undefined {
  const tables = partsOf(scope).filter(({ columns }) => matching(name.text, columns, scope).length > 0);
  const [first, second] = tables.flatMap(({ qualifier }) => qualifier ?? []);
  const remedy =
    first === undefined || second === undefined
      ? 'give them aliases in the inner query'
      : `write ${first}.${name.text} or ${second}.${name.text}`;
  const message = `More than one column is called ${name.text}: ${remedy}.`;
  const qualified = first === undefined ? undefined : `${quotedName(first)}.`;
  const fix = qualified && {
    title: `Write ${qualified}${name.text}`,
    insert: qualified,
    from: name.from,
    to: name.from,
  };
  return report.error('sql.ambiguous-column', name, message, fix || undefined);
}

/** Column names are case-sensitive, as in Flink. */
export function unknownColumn(name: Name, names: readonly string[], report: Report): undefined {
  const { hint, fix } = didYouMean(name.text, name, names);
  const help = hint === '' && names.length > 0 ? ` Columns: ${listed(names)}.` : hint;
  return report.error('sql.unknown-column', name, `No column ${name.text}.${help}`, fix);
}

function listed(names: readonly string[]): string {
  return names.slice(0, 12).join(', ') + (names.length > 12 ? ', ...' : '');
}
