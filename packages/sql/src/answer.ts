import { formatDataType } from '@millrace/model';
import { formatExpression, type LogicalPlan } from '@millrace/plan';
import type { BoundInspection } from './bind/script.ts';
import type { BoundTable, BoundView, TableWatermark } from './bind/table.ts';
import { format } from './format/format.ts';
import { FUNCTIONS } from './functions/catalog.ts';
import { buildPlan, type PlanOutput } from './plan-builder.ts';

/** What SHOW, DESCRIBE and EXPLAIN say: rows of text, or a plan. */
export type Answer =
  | {
      readonly kind: 'rows';
      readonly columns: readonly string[];
      readonly rows: readonly (readonly (string | null)[])[];
    }
  | { readonly kind: 'plan'; readonly plan: LogicalPlan };

/** `text` is the script the statement stands in. */
export function answerOf(inspection: BoundInspection, text: string): Answer {
  if ('outputs' in inspection) return planOf(inspection);
  const { statement, catalog } = inspection;
  const { name } = statement;
  const entry = catalog.find((candidate) => candidate.name === name?.text);
  if (statement.kind === 'describe') return columnsOf(entry);
  switch (statement.what) {
    case 'tables':
      return names(
        'table name',
        [...catalog].map((each) => each.name),
      );
    case 'views':
      return names(
        'view name',
        catalog.filter(({ kind }) => kind === 'view').map((each) => each.name),
      );
    case 'functions':
      return {
        kind: 'rows',
        columns: ['function name', 'signature', 'help'],
        rows: FUNCTIONS.map(({ name: of, signatures, help }) => [of, signatures.join('\n'), help]),
      };
    case 'create': {
      const source = entry === undefined ? '' : text.slice(entry.statementSpan.from, entry.statementSpan.to);
      return { kind: 'rows', columns: ['create statement'], rows: [[format(source).text.trimEnd()]] };
    }
  }
}

function planOf({ outputs, settings }: Extract<BoundInspection, { outputs: unknown }>): Answer {
  const plan = outputs.map(({ relation, insert }): PlanOutput => {
    if (insert === undefined) return { relation, sink: { kind: 'preview', schema: { fields: relation.fields } } };
    return { relation: insert.relation, sink: { kind: 'table', table: insert.sink } };
  });
  return { kind: 'plan', plan: buildPlan(plan, settings) };
}

/** In alphabetical order, views among the tables as in Flink. */
function names(column: string, found: readonly string[]): Answer {
  return { kind: 'rows', columns: [column], rows: found.toSorted().map((name) => [name]) };
}

const DESCRIBED = ['name', 'type', 'key', 'extras', 'watermark'];

/** Flink's columns of DESCRIBE; whether NULL is allowed is part of the type. */
function columnsOf(entry: BoundTable | BoundView | undefined): Answer {
  if (entry === undefined) return { kind: 'rows', columns: DESCRIBED, rows: [] };
  if (entry.kind === 'view') {
    const rows = (entry.relation?.fields ?? []).map(({ name, type }) => [name, formatDataType(type), null, null, null]);
    return { kind: 'rows', columns: DESCRIBED, rows };
  }
  const { watermark, primaryKey } = entry;
  const rows = entry.columns.map((column, at) => [
    column.name,
    formatDataType(column.type),
    primaryKey?.includes(at) ? 'PRIMARY KEY' : null,
    extrasOf(column),
    watermark?.column === at ? watermarkText(entry, watermark) : null,
  ]);
  return { kind: 'rows', columns: DESCRIBED, rows };
}

function watermarkText({ columns }: BoundTable, { column, delayMs, expression }: TableWatermark): string {
  const names = columns.map(({ name }) => name);
  if (expression !== undefined) return formatExpression(expression, names);
  return `${names[column]} - INTERVAL '${delayMs / 1000}' SECOND`;
}

function extrasOf(column: BoundTable['columns'][number]): string | null {
  switch (column.kind) {
    case 'physical':
      return null;
    case 'computed':
      return 'computed';
    case 'metadata':
      return `METADATA FROM '${column.key}'${column.virtual ? ' VIRTUAL' : ''}`;
  }
}
