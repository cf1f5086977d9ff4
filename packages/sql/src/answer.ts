import { formatDataType } from '@millrace/model';
import { formatExpression, formatSignature, type LogicalPlan, type UserFunction } from '@millrace/plan';
import type { Describe, Show, ShownList } from './ast.ts';
import type { BoundInspection } from './bind/script.ts';
import type { BoundTable, BoundView, TableWatermark } from './bind/table.ts';
import { declarationText } from './declaration-text.ts';
import { format } from './format/format.ts';
import { FUNCTIONS } from './functions/catalog.ts';
import { MODULE } from './parser/inspect.ts';
import { CATALOG, DATABASE } from './parser/table-name.ts';
import { buildPlan, type PlanOutput } from './plan/build-plan.ts';

/** What SHOW, DESCRIBE and EXPLAIN say: rows of text, or a plan. */
export type Answer =
  | {
      readonly kind: 'rows';
      readonly columns: readonly string[];
      readonly rows: readonly (readonly (string | null)[])[];
    }
  | { readonly kind: 'plan'; readonly plan: LogicalPlan };

type Rows = Extract<Answer, { kind: 'rows' }>;

/** `text` is the script the statement stands in. */
export function answerOf(inspection: BoundInspection, text: string): Answer {
  if ('outputs' in inspection) return planOf(inspection);
  const { statement, catalog, functions, settings } = inspection;
  const { name } = statement;
  const entry = catalog.find((candidate) => candidate.name === name?.text);
  if (statement.kind === 'describe') return describedBy(statement, entry, functions);
  const { like } = statement;
  switch (statement.what) {
    case 'columns':
      return matching(columnsOf(entry), like);
    case 'create': {
      const source = entry === undefined ? '' : declarationText(entry, text);
      return { kind: 'rows', columns: ['create statement'], rows: [[format(source).text.trimEnd()]] };
    }
    default:
      return matching(listOf(statement.what, catalog, functions, settings), like);
  }
}

function listOf(
  what: ShownList,
  catalog: readonly (BoundTable | BoundView)[],
  functions: readonly UserFunction[],
  settings: Readonly<Record<string, string>>,
): Rows {
  switch (what) {
    case 'tables':
      return names(
        'table name',
        catalog.map((each) => each.name),
      );
    case 'views':
      return names(
        'view name',
        catalog.filter(({ kind }) => kind === 'view').map((each) => each.name),
      );
    case 'functions':
      return functionsOf(functions);
    case 'user functions':
      return names(
        'function name',
        functions.map((of) => of.name),
      );
    case 'catalogs':
      return names('catalog name', [CATALOG]);
    case 'databases':
      return names('database name', [DATABASE]);
    case 'current catalog':
      return names('current catalog name', [CATALOG]);
    case 'current database':
      return names('current database name', [DATABASE]);
    case 'modules':
      return names('module name', [MODULE]);
    case 'full modules':
      return { kind: 'rows', columns: ['module name', 'used'], rows: [[MODULE, 'true']] };
    case 'settings':
      return { kind: 'rows', columns: ['key', 'value'], rows: Object.entries(settings).sort() };
    case 'procedures':
      return names('procedure name', []);
    case 'models':
      return names('model name', []);
    case 'materialized tables':
      return names('table name', []);
  }
}

function functionsOf(functions: readonly UserFunction[]): Rows {
  return {
    kind: 'rows',
    columns: ['function name', 'signature', 'help'],
    rows: [
      ...functions.map((of) => [of.name, formatSignature(of), 'Declared in the script.']),
      ...FUNCTIONS.map(({ name: of, signatures, help }) => [of, signatures.join('\n'), help]),
    ],
  };
}

function describedBy(
  { what, name }: Describe,
  entry: BoundTable | BoundView | undefined,
  functions: readonly UserFunction[],
): Rows {
  switch (what) {
    case 'table':
      return columnsOf(entry);
    case 'function': {
      const all = functionsOf(functions);
      return { ...all, rows: all.rows.filter(([of]) => of?.toUpperCase() === name.text.toUpperCase()).slice(0, 1) };
    }
    case 'catalog':
      return {
        kind: 'rows',
        columns: ['info name', 'info value'],
        rows: [
          ['name', name.text],
          ['type', 'generic_in_memory'],
        ],
      };
  }
}

/** Rows whose first column is like the pattern of SHOW ... LIKE. */
function matching(answer: Rows, like: Show['like']): Answer {
  if (like === undefined) return answer;
  const parts = [...like.pattern].map((part) => {
    if (part === '%') return '.*';
    return part === '_' ? '.' : part.replace(/[$()*+.?[\\\]^{|}]/, '\\$&');
  });
  const pattern = new RegExp(`^${parts.join('')}$`, like.ignoreCase ? 'isu' : 'su');
  return { ...answer, rows: answer.rows.filter(([name]) => pattern.test(name ?? '') !== like.not) };
}

function planOf({ outputs, settings }: Extract<BoundInspection, { outputs: unknown }>): Answer {
  const plan = outputs.map(({ relation, insert }): PlanOutput => {
    if (insert === undefined) return { relation, sink: { kind: 'preview', schema: { fields: relation.fields } } };
    return { relation: insert.relation, sink: { kind: 'table', table: insert.sink } };
  });
  return { kind: 'plan', plan: buildPlan(plan, settings) };
}

/** In alphabetical order, views among the tables as in Flink. */
function names(column: string, found: readonly string[]): Rows {
  return { kind: 'rows', columns: [column], rows: found.toSorted().map((name) => [name]) };
}

const DESCRIBED = ['name', 'type', 'key', 'extras', 'watermark'];

/** Flink's columns of DESCRIBE; whether NULL is allowed is part of the type. Comments when there are some. */
function columnsOf(entry: BoundTable | BoundView | undefined): Rows {
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
  const comments = new Map(entry.declaration?.columns.map((column) => [column.name.text, column.comment]));
  if (![...comments.values()].some((comment) => comment !== undefined))
    return { kind: 'rows', columns: DESCRIBED, rows };
  const commented = rows.map((row) => [...row, comments.get(row[0] ?? '') ?? null]);
  return { kind: 'rows', columns: [...DESCRIBED, 'comment'], rows: commented };
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
