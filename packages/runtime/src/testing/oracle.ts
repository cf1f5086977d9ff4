import type { Value } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { startPostgres } from '@millrace/testing';
import { Client, types } from 'pg';
import { formatValue } from '../preview/format-value.ts';
import type { Input } from './run-query.ts';
import { textOf } from './run-query.ts';

/** Type names of the dialect to PostgreSQL's. */
const TYPES: Readonly<Record<string, string>> = {
  BIGINT: 'bigint',
  INT: 'integer',
  STRING: 'text',
  DOUBLE: 'double precision',
  BOOLEAN: 'boolean',
  'TIMESTAMP(3)': 'timestamp(3)',
  bigint: 'bigint',
  string: 'text',
  timestamp: 'timestamp(3)',
};

export interface Column {
  readonly name: string;
  readonly type: string;
}

/** PostgreSQL over the same finite input: what the answer is, computed by somebody else. */
export class Oracle {
  readonly #client: Client;
  readonly #stop: () => Promise<void>;
  /** Of its database, for connectors that read the same tables. */
  readonly url: string;

  private constructor(client: Client, url: string, stop: () => Promise<void>) {
    this.#client = client;
    this.url = url;
    this.#stop = stop;
  }

  static async start(): Promise<Oracle> {
    const server = await startPostgres();
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query("SET TIME ZONE 'UTC'");
    return new Oracle(client, server.url, () => server.stop());
  }

  /** Makes the table anew with these rows. */
  async fill(table: string, columns: readonly Column[], rows: Input['rows']): Promise<void> {
    const definitions = columns.map(({ name, type }) => `${name} ${TYPES[type] ?? type}`);
    await this.#client.query(`DROP TABLE IF EXISTS ${table}`);
    await this.#client.query(`CREATE TABLE ${table} (${definitions.join(', ')})`);
    for (const row of rows) {
      const places = columns.map((_, at) => `$${at + 1}`).join(', ');
      await this.#client.query(
        `INSERT INTO ${table} VALUES (${places})`,
        columns.map(({ type }, at) => parameter(row[at] ?? null, type)),
      );
    }
  }

  /** The rows as text, as `answerOf` writes them, sorted. */
  async answer(query: string): Promise<string[]> {
    const { rows, fields } = await this.#client.query<unknown[]>({ text: query, rowMode: 'array', types: AS_TEXT });
    const isDouble = fields.map(({ dataTypeID }) => dataTypeID === types.builtins.FLOAT8);
    const isTime = fields.map(({ dataTypeID }) => dataTypeID === types.builtins.TIMESTAMP);
    return rows
      .map((row) =>
        row
          .map((value, at) => {
            if (value === null) return 'NULL';
            if (isTime[at]) return withDigits(String(value), fields[at]?.dataTypeModifier ?? -1);
            if (value === 't' || value === 'f')
              return fields[at]?.dataTypeID === types.builtins.BOOL ? String(value === 't') : String(value);
            return textOf(value, isDouble[at] ? 'DOUBLE' : 'TEXT');
          })
          .join(' | '),
      )
      .sort();
  }

  async stop(): Promise<void> {
    await this.#client.end();
    await this.#stop();
  }
}

/** Every value as PostgreSQL writes it. */
const AS_TEXT = { getTypeParser: () => (text: string) => text };

function parameter(value: Value, type: string): unknown {
  if (value === null) return null;
  if (/^timestamp/i.test(type)) return formatValue(value, timestampOf(type));
  return typeof value === 'bigint' ? value.toString() : value;
}

/** `TIMESTAMP(6)`; three digits where none are said. */
function timestampOf(type: string): DataType {
  return { kind: 'timestamp', precision: Number(/\((\d)\)/.exec(type)?.[1] ?? 3), nullable: true };
}

/** `2026-11-24 00:12:31.5` to `2026-11-24 00:12:31.500`, or with more digits where the type (its modifier) has them; -1: it does not say. */
function withDigits(text: string, precision: number): string {
  const [whole = '', fraction = ''] = text.split('.');
  return `${whole}.${fraction.padEnd(Math.max(3, precision), '0')}`;
}
