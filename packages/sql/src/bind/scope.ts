import type { Expression } from '@millrace/plan';
import type { ColumnRef, Name } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import type { Relation } from '../relation/relation.ts';
import { didYouMean } from '../suggestion.ts';

/** The columns an expression may name: those of one relation under one table name or alias. */
export interface Scope {
  readonly relation: Relation | undefined;
  /** What stands before the dot. */
  readonly qualifier: string | undefined;
  /** Names declared but refused: naming them is not reported again. */
  readonly broken: ReadonlySet<string> | 'unknown';
}

/** The column a reference names; undefined after a report (or when the reason was reported already). */
export function resolveColumn(ref: ColumnRef, scope: Scope, report: Report): Expression | undefined {
  const [first, second, third] = ref.path;
  if (first === undefined) return undefined;
  const fields = scope.relation?.fields ?? [];
  if (second !== undefined && !fields.some((field) => field.name === first.text)) {
    if (scope.qualifier === first.text && third === undefined) return byName(second, scope, report);
    if (scope.qualifier !== first.text) {
      const known = scope.qualifier === undefined ? [] : [scope.qualifier];
      const { hint, fix } = didYouMean(first.text, first, known);
      return report.error('sql.unknown-table', first, `No table ${first.text} in FROM.${hint}`, fix);
    }
  }
  if (second !== undefined) {
    const message = 'Access to a field of a ROW is not supported yet; use JSON_VALUE on a STRING column.';
    return report.error('sql.unsupported', ref, message);
  }
  return byName(first, scope, report);
}

function byName(name: Name, scope: Scope, report: Report): Expression | undefined {
  if (scope.relation === undefined) {
    return report.error('sql.unknown-column', name, `There is no FROM, so there is no column ${name.text}.`);
  }
  const { fields } = scope.relation;
  const index = fields.findIndex((field) => field.name === name.text);
  const field = fields[index];
  if (field === undefined) {
    if (scope.broken === 'unknown' || scope.broken.has(name.text)) return undefined;
    return unknownColumn(
      name,
      fields.map((candidate) => candidate.name),
      report,
    );
  }
  if (fields.findLastIndex((candidate) => candidate.name === name.text) !== index) {
    const message = `More than one column is called ${name.text}: give them aliases in the inner query.`;
    return report.error('sql.ambiguous-column', name, message);
  }
  return { kind: 'column', index, type: field.type };
}

/** Column names are case-sensitive, as in Flink. */
export function unknownColumn(name: Name, names: readonly string[], report: Report): undefined {
  const { hint, fix } = didYouMean(name.text, name, names);
  const listed = names.slice(0, 12).join(', ') + (names.length > 12 ? ', ...' : '');
  const help = hint === '' && names.length > 0 ? ` Columns: ${listed}.` : hint;
  return report.error('sql.unknown-column', name, `No column ${name.text}.${help}`, fix);
}
