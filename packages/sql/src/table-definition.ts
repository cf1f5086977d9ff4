import type { DataType, Schema } from '@millrace/model';
import { formatExpression } from '@millrace/plan';
import type { BoundScript } from './bind/script.ts';
import { type BoundTable, optionOf } from './bind/table.ts';

export interface ColumnInfo {
  readonly name: string;
  readonly type: DataType;
  readonly kind: 'physical' | 'computed' | 'metadata';
  /** The connector's name of a metadata column. */
  readonly metadataKey?: string;
}

/** A declared table for people and for the catalog. Positions are UTF-16 offsets of its name in the script. */
export interface TableDefinition {
  readonly name: string;
  readonly temporary: boolean;
  readonly columns: readonly ColumnInfo[];
  /** All columns, computed and metadata ones too, with the event time and the primary key. */
  readonly schema: Schema;
  /** `expression`: as text, when it is more than the column and a delay. */
  readonly watermark?: { readonly column: string; readonly delayMs: number; readonly expression?: string };
  /** Empty when the table names none (which is an error). */
  readonly connector: string;
  readonly options: Readonly<Record<string, string>>;
  readonly read: boolean;
  readonly written: boolean;
  readonly from: number;
  readonly to: number;
}

export function tableDefinition(table: BoundTable, bound: BoundScript): TableDefinition {
  const { watermark, primaryKey } = table;
  const roles = bound.uses.filter((use) => use.table.name === table.name).map(({ role }) => role);
  const watermarkColumn = watermark === undefined ? undefined : table.columns[watermark.column];
  const names = table.columns.map(({ name }) => name);
  const expression = watermark?.expression && formatExpression(watermark.expression, names);
  return {
    name: table.name,
    temporary: table.temporary,
    columns: table.columns.map(({ name, type, kind, ...rest }) => ({
      name,
      type,
      kind,
      ...('key' in rest ? { metadataKey: rest.key } : {}),
    })),
    schema: {
      fields: table.columns.map(({ name, type }) => ({ name, type })),
      ...(watermark === undefined ? {} : { eventTime: watermark.column }),
      ...(primaryKey === undefined ? {} : { primaryKey }),
    },
    ...(watermark === undefined || watermarkColumn === undefined
      ? {}
      : {
          watermark: {
            column: watermarkColumn.name,
            delayMs: watermark.delayMs,
            ...(expression === undefined ? {} : { expression }),
          },
        }),
    connector: optionOf(table, 'connector') ?? '',
    options: Object.fromEntries(table.options.map(({ key, value }) => [key, value])),
    read: roles.some((role) => role !== 'sink'),
    written: roles.includes('sink'),
    from: table.nameSpan.from,
    to: table.nameSpan.to,
  };
}
