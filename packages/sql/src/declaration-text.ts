import { formatDataType } from '@millrace/model';
import type { ColumnDefinition, TableDeclaration } from './ast.ts';
import { type BoundTable, type BoundView, quotedName } from './bind/table.ts';
import type { Span } from './source-text.ts';

/** The statement that declares a table or view as it is now: as written, or put together when LIKE, a query or ALTER TABLE made it. */
export function declarationText(entry: BoundTable | BoundView, script: string): string {
  const { from, to } = entry.statementSpan;
  const written = script.slice(from, to);
  if (entry.kind === 'view') return written;
  return entry.declaration?.isComposed ? composed(entry.declaration, script) : written;
}

function composed(declaration: TableDeclaration, script: string): string {
  const { name, temporary, comment, columns, watermark, primaryKey, partitionedBy, options } = declaration;
  const slice = ({ from, to }: Span) => script.slice(from, to);
  const list = (names: readonly { readonly text: string }[]) => names.map(({ text }) => quotedName(text)).join(', ');
  const parts = columns.map((column) => columnText(column, slice));
  if (watermark !== undefined)
    parts.push(`WATERMARK FOR ${quotedName(watermark.column.text)} AS ${slice(watermark.expr)}`);
  if (primaryKey !== undefined) parts.push(`PRIMARY KEY (${list(primaryKey.columns)}) NOT ENFORCED`);
  const clauses = [
    `CREATE ${temporary ? 'TEMPORARY ' : ''}TABLE ${quotedName(name.text)} (${parts.join(', ')})`,
    ...(comment === undefined ? [] : [`COMMENT ${quotedText(comment)}`]),
    ...(partitionedBy === undefined ? [] : [`PARTITIONED BY (${list(partitionedBy.columns)})`]),
    `WITH (${options.map(({ key, value }) => `${quotedText(key)} = ${quotedText(value)}`).join(', ')})`,
  ];
  return clauses.join(' ');
}

function columnText(column: ColumnDefinition, slice: (span: Span) => string): string {
  const name = quotedName(column.name.text);
  const comment = column.comment === undefined ? '' : ` COMMENT ${quotedText(column.comment)}`;
  switch (column.kind) {
    case 'physical':
      return `${name} ${column.type.type === undefined ? slice(column.type) : formatDataType(column.type.type)}${comment}`;
    case 'computed':
      return `${name} AS ${slice(column.expr)}${comment}`;
    case 'metadata': {
      const key = column.key === undefined ? '' : ` FROM ${quotedText(column.key.text)}`;
      const type = column.type.type === undefined ? slice(column.type) : formatDataType(column.type.type);
      return `${name} ${type} METADATA${key}${column.virtual ? ' VIRTUAL' : ''}${comment}`;
    }
  }
}

function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
