import type { Schema } from '@millrace/model';
import { type PostgresTable, qualified, quoted } from './table.ts';
import { postgresTypeOf } from './types.ts';

/** Names of the two tables exactly-once needs beside the target, in its schema. */
const STAGING = 'millrace_staging';
const COMMITS = 'millrace_commit';

/** SQL for one target. Rows travel as JSON objects with keys c0, c1, ...; types are applied by the database, so digits stay exact. */
export class Statements {
  readonly #table: PostgresTable;
  readonly #schema: Schema;
  readonly staging: string;
  readonly commits: string;

  constructor(table: PostgresTable, schema: Schema) {
    this.#table = table;
    this.#schema = schema;
    this.staging = qualified({ schemaName: table.schemaName, tableName: STAGING });
    this.commits = qualified({ schemaName: table.schemaName, tableName: COMMITS });
  }

  createTable(): string {
    const columns = this.#schema.fields.map(
      ({ name, type }) => `  ${quoted(name)} ${postgresTypeOf(type)}${type.nullable ? '' : ' NOT NULL'}`,
    );
    const key = this.#keyColumns();
    if (key.length > 0) columns.push(`  PRIMARY KEY (${key.join(', ')})`);
    return `CREATE TABLE ${qualified(this.#table)} (\n${columns.join(',\n')}\n)`;
  }

  createHelpers(): readonly string[] {
    return [
      `CREATE TABLE IF NOT EXISTS ${this.staging} (
         sink_id text NOT NULL, subtask int NOT NULL, attempt bigint NOT NULL, checkpoint_seq bigint NOT NULL,
         seq bigint NOT NULL, row json NOT NULL,
         PRIMARY KEY (sink_id, subtask, attempt, checkpoint_seq, seq))`,
      `CREATE TABLE IF NOT EXISTS ${this.commits} (
         sink_id text NOT NULL, subtask int NOT NULL,
         last_attempt bigint NOT NULL, last_checkpoint bigint NOT NULL, attempt_epoch bigint NOT NULL,
         PRIMARY KEY (sink_id, subtask))`,
    ];
  }

  /** $1: a JSON array of rows, in order. Of rows with one key the last counts; one that says `gone` deletes it. */
  insertRows(): string {
    const names = [...this.#schema.fields.map((_, index) => `c${index}`), 'gone'];
    const types = this.#rowColumns();
    return this.#write(
      `ROWS FROM (json_to_recordset($1::json) AS (${types.join(', ')})) WITH ORDINALITY AS r(${[...names, 'seq'].join(', ')})`,
    );
  }

  /** $1 sink, $2 subtask, $3 attempt, $4 checkpoint. The staged rows into the target, in order. */
  insertStaged(): string {
    const types = this.#rowColumns();
    return this.#write(
      `(SELECT s.seq, t.* FROM ${this.staging} s, json_to_record(s.row) AS t(${types.join(', ')}) WHERE ${STAGED}) AS r`,
    );
  }

  /** $1 sink, $2 subtask, $3 attempt, $4 checkpoint, $5 first sequence, $6 rows as a JSON array. Inserts nothing once a newer attempt took over. */
  stage(): string {
    return `INSERT INTO ${this.staging} (sink_id, subtask, attempt, checkpoint_seq, seq, row)
      SELECT $1, $2, $3, $4, $5::bigint + r.n - 1, r.row FROM json_array_elements($6::json) WITH ORDINALITY AS r(row, n)
      WHERE NOT EXISTS (SELECT 1 FROM ${this.commits} c WHERE c.sink_id = $1 AND c.subtask = $2 AND c.attempt_epoch > $3)`;
  }

  countStaged(): string {
    return `SELECT count(*)::int AS rows FROM ${this.staging} s WHERE ${STAGED}`;
  }

  deleteStaged(): string {
    return `DELETE FROM ${this.staging} s WHERE ${STAGED}`;
  }

  #write(from: string): string {
    const { fields } = this.#schema;
    const columns = fields.map(({ name }) => quoted(name)).join(', ');
    const values = fields.map(({ type }, index) =>
      type.kind === 'bytes' ? `decode(r.c${index}, 'base64')` : `r.c${index}`,
    );
    const key = this.#schema.primaryKey ?? [];
    if (key.length === 0) {
      return `INSERT INTO ${qualified(this.#table)} (${columns}) SELECT ${values.join(', ')} FROM ${from} ORDER BY r.seq`;
    }
    const keyValues = key.map((index) => `r.c${index}`).join(', ');
    const others = fields.filter((_, index) => !key.includes(index)).map(({ name }) => quoted(name));
    const update =
      others.length === 0 ? 'NOTHING' : `UPDATE SET ${others.map((name) => `${name} = EXCLUDED.${name}`).join(', ')}`;
    const matches = key.map((index) => `t.${quoted(fields[index]?.name ?? '')} = r.c${index}`).join(' AND ');
    return `WITH latest AS (SELECT DISTINCT ON (${keyValues}) r.* FROM ${from} ORDER BY ${keyValues}, r.seq DESC),
      deleted AS (DELETE FROM ${qualified(this.#table)} t USING latest r WHERE r.gone AND ${matches})
      INSERT INTO ${qualified(this.#table)} (${columns})
      SELECT ${values.join(', ')} FROM latest r WHERE r.gone IS NOT TRUE
      ON CONFLICT (${this.#keyColumns().join(', ')}) DO ${update}`;
  }

  #keyColumns(): string[] {
    return (this.#schema.primaryKey ?? []).flatMap((index) => {
      const field = this.#schema.fields[index];
      return field === undefined ? [] : [quoted(field.name)];
    });
  }

  #rowColumns(): string[] {
    const types = this.#schema.fields.map(({ type }) => (type.kind === 'bytes' ? 'text' : postgresTypeOf(type)));
    return [...types.map((type, index) => `c${index} ${type}`), 'gone boolean'];
  }
}

const STAGED = 's.sink_id = $1 AND s.subtask = $2 AND s.attempt = $3 AND s.checkpoint_seq = $4';
