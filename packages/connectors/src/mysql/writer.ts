import { CHANGE, forEachRow, type RecordBatch, valueAt } from '@millrace/batch';
import type { SinkWriter } from '@millrace/contracts';
import { type Schema, StreamError } from '@millrace/model';
import type { Pool } from 'mysql2/promise';
import { withoutReplaced } from '../changes.ts';
import { openPool, run, withConnection } from './database.ts';
import { mysqlError } from './errors.ts';
import { literalOf } from './literal.ts';
import { type MysqlPlace, qualified, quoted } from './table.ts';

const STATEMENT_CHARACTERS_MAX = 512 * 1024;

export interface WriteLimits {
  readonly rowsMax: number;
  readonly intervalMs: number;
}

interface Row {
  /** Its literals in parentheses; undefined: the row is deleted. */
  readonly values: string | undefined;
}

/** Rows to statements, one after the other. Of the changes of one key that wait together the last is written: with a PRIMARY KEY that is all anybody would see. */
export class MysqlWriter implements SinkWriter {
  readonly #place: MysqlPlace;
  readonly #schema: Schema;
  readonly #limits: WriteLimits;
  readonly #pool: Pool;
  readonly #closing = new AbortController();
  /** By key; rows without a key each under a number of its own. */
  #waiting = new Map<string, Row>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #failure: StreamError | undefined;

  constructor(place: MysqlPlace, schema: Schema, limits: WriteLimits) {
    this.#place = place;
    this.#schema = schema;
    this.#limits = limits;
    this.#pool = openPool(place.connection);
  }

  write(batch: RecordBatch): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#add(withoutReplaced(batch));
    if (this.#waiting.size >= this.#limits.rowsMax) return this.flush();
    if (this.#waiting.size > 0) this.#timer ??= setTimeout(() => this.#send(), this.#limits.intervalMs);
    return undefined;
  }

  async flush(): Promise<void> {
    this.#send();
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async prepareCommit(): Promise<readonly unknown[]> {
    return [];
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#waiting.clear();
    this.#closing.abort(new Error('the writer was closed'));
    await this.#running;
    await this.#pool.end();
  }

  #add(batch: RecordBatch): void {
    const { fields, primaryKey = [] } = this.#schema;
    forEachRow(batch, (number) => {
      const literals = fields.map(({ name, type }, at) => {
        const column = batch.columns[at];
        const literal = column === undefined ? 'NULL' : literalOf(valueAt(column, type, number), type);
        if (literal === undefined) throw withoutForm(name);
        return literal;
      });
      const isGone = batch.changes?.[number] === CHANGE.delete;
      const key = primaryKey.length === 0 ? `#${this.#waiting.size}` : primaryKey.map((at) => literals[at]).join(', ');
      // Last set, last written: a key that comes again goes to the end.
      this.#waiting.delete(key);
      this.#waiting.set(key, { values: isGone ? undefined : `(${literals.join(', ')})` });
    });
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const statements = this.#statementsOf(this.#waiting);
    this.#waiting = new Map();
    this.#running = this.#running.then(() => this.#run(statements));
  }

  async #run(statements: readonly string[]): Promise<void> {
    if (this.#failure !== undefined || this.#closing.signal.aborted) return;
    try {
      await withConnection(this.#pool, this.#closing.signal, async (connection) => {
        for (const statement of statements) await run(connection, statement);
      });
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#failure = mysqlError(error, `writing table '${this.#place.databaseName}.${this.#place.tableName}'`);
    }
  }

  #statementsOf(rows: ReadonlyMap<string, Row>): readonly string[] {
    const { fields, primaryKey = [] } = this.#schema;
    const columns = fields.map(({ name }) => quoted(name));
    const keys = primaryKey.map((at) => columns[at] ?? '');
    const others = columns.filter((column) => !keys.includes(column));
    const updated = others.length > 0 ? others : keys;
    const update =
      keys.length === 0
        ? ''
        : ` ON DUPLICATE KEY UPDATE ${updated.map((name) => `${name} = VALUES(${name})`).join(', ')}`;
    const kept = [...rows.values()].flatMap(({ values }) => values ?? []);
    const gone = [...rows].flatMap(([key, { values }]) => (values === undefined ? [`(${key})`] : []));
    const table = qualified(this.#place);
    return [
      ...chunksOf(gone).map((list) => `DELETE FROM ${table} WHERE (${keys.join(', ')}) IN (${list})`),
      ...chunksOf(kept).map((list) => `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${list}${update}`),
    ];
  }
}

/** Lists short enough for one statement each. */
function chunksOf(parts: readonly string[]): readonly string[] {
  const chunks: string[] = [];
  let chunk = '';
  for (const part of parts) {
    if (chunk !== '' && chunk.length + part.length > STATEMENT_CHARACTERS_MAX) {
      chunks.push(chunk);
      chunk = '';
    }
    chunk += chunk === '' ? part : `, ${part}`;
  }
  return chunk === '' ? chunks : [...chunks, chunk];
}

function withoutForm(column: string): StreamError {
  const message = `a value of column '${column}' has no form in MySQL (an infinite number, or a year before 1000 or after 9999): leave such rows out with WHERE`;
  return new StreamError('jdbc.bad-value', message, { domain: 'user', retry: 'never' });
}
