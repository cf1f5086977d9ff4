import type { Field } from '@millrace/model';
import { type Expression, type LiteralExpression, shortHash } from '@millrace/plan';
import type { Values } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { foldConstants } from '../relation/fold.ts';
import { project, type Relation, scan, unionAll } from '../relation/relation.ts';
import { alignValues } from './coerce.ts';
import { bindExpression } from './expression.ts';
import { integerLiteral } from './literal.ts';
import type { BoundTable } from './table.ts';
import { withNullable } from './type-rule.ts';

/** The connector that gives the rows written in a script. */
const CONNECTOR = 'values';
/** Rows that are not constants are queries of their own, put together. */
const COMPUTED_ROWS_MAX = 100;

/** VALUES (a, b), ...: columns EXPR$0, EXPR$1, ..., each of the type its values share. Undefined after a report. */
export function bindValues(values: Values, report: Report): Relation | undefined {
  const width = values.rows[0]?.items.length ?? 0;
  const odd = values.rows.find(({ items }) => items.length !== width);
  if (odd !== undefined) {
    const message = `The rows of VALUES have equal numbers of values: the first has ${width}, this one ${odd.items.length}.`;
    return report.error('sql.type-mismatch', odd, message);
  }
  const scope = { relation: undefined, qualifier: undefined, broken: new Set<string>() };
  const rows = values.rows.map(({ items }) => items.map((item) => bindExpression(item, { scope, report })));
  const known = rows.map((row) => row.filter((value) => value !== undefined));
  if (known.some((row) => row.length < width)) return undefined;
  const columns = Array.from({ length: width }, (_, at) => {
    const spans = values.rows.map(({ items }) => items[at] ?? values);
    return alignValues(
      known.flatMap((row) => row[at] ?? []),
      spans,
      `Column ${at + 1} of VALUES`,
      report,
    );
  });
  const aligned = columns.filter((column) => column !== undefined);
  if (aligned.length < width) return undefined;
  const fields = aligned.map(({ values: cells, type }, at) => ({
    name: `EXPR$${at}`,
    type: withNullable(
      type,
      cells.some((cell) => cell.type.nullable),
    ),
  }));
  const table = known.map((_, row) => aligned.flatMap(({ values: cells }) => cells[row] ?? []).map(foldConstants));
  return relationOf(fields, table, values, report);
}

function relationOf(
  fields: readonly Field[],
  rows: readonly (readonly Expression[])[],
  values: Values,
  report: Report,
): Relation | undefined {
  const literals = rows.map((row) => row.filter((cell) => cell.kind === 'literal'));
  if (literals.every((row) => row.length === fields.length)) return valuesTable(fields, literals);
  if (rows.length > COMPUTED_ROWS_MAX) {
    const message = `VALUES with more than ${COMPUTED_ROWS_MAX} rows takes constants only: compute in a SELECT over it.`;
    return report.error('sql.too-large', values, message);
  }
  const names = fields.map(({ name }) => name);
  const inputs = rows.map((row) =>
    project(
      oneRow(),
      row.map((cell, at) => ({ ...cell, type: withNullable(cell.type, fields[at]?.type.nullable ?? true) })),
      names,
    ),
  );
  const [only] = inputs;
  return only !== undefined && inputs.length === 1 ? only : unionAll(inputs, fields);
}

/** What a SELECT without FROM reads: one row. */
export function oneRow(): Relation {
  const field: Field = { name: 'one', type: { kind: 'integer', nullable: false } };
  return valuesTable([field], [[integerLiteral(1n, 'integer')]]);
}

/** What a query that never gives a row reads: nothing, in columns of the same types. */
export function noRows(fields: readonly Field[]): Relation {
  return valuesTable(
    fields.map(({ type }, at) => ({ name: `c${at}`, type })),
    [],
  );
}

/** A table of the connector `values`: its rows are an option, as literals of a plan are written, in the order of `columns`. */
function valuesTable(fields: readonly Field[], rows: readonly (readonly LiteralExpression[])[]): Relation {
  const options = {
    connector: CONNECTOR,
    columns: JSON.stringify(fields.map(({ name }) => name)),
    rows: JSON.stringify(rows.map((row) => row.map(({ value }) => value))),
  };
  const nowhere = { from: 0, to: 0 };
  const hash = shortHash(`${JSON.stringify(fields)} ${options.rows}`);
  const table: BoundTable = {
    kind: 'table',
    name: `values_${hash}`,
    nameSpan: nowhere,
    statementSpan: nowhere,
    partsEnd: 0,
    hasParts: false,
    temporary: true,
    columns: fields.map((field) => ({ ...field, kind: 'physical' })),
    watermark: undefined,
    primaryKey: undefined,
    partitionedBy: [],
    options: Object.entries(options).map(([key, value]) => ({
      key,
      value,
      keySpan: nowhere,
      valueSpan: nowhere,
      ...nowhere,
    })),
    optionsSpan: undefined,
    optionsIncomplete: false,
    broken: new Set(),
  };
  return scan(
    table,
    fields.map((_, index) => index),
  );
}
