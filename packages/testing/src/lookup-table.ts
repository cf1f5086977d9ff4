import { BatchBuilder, type RecordBatch, type Value, valueAt } from '@millrace/batch';
import type {
  AnswerCache,
  Connector,
  CopiedTable,
  LookedUpRows,
  LookupReader,
  LookupSource,
} from '@millrace/contracts';
import { type Schema, StreamError } from '@millrace/model';
import { ListTable } from './list-source.ts';

/** A table of a test that can be asked by key. Rows may change while a job asks; answers may be late and requests may fail. */
export class LookupTable {
  readonly columns: readonly string[];
  rows: readonly (readonly Value[])[];
  /** Rows a copy of the whole table cannot decode. */
  isRejected: ListTable['isRejected'] = () => false;
  cache: 'none' | 'partial' | 'full' = 'none';
  cacheRowsMax = 1_000;
  cachesMissingKeys = true;
  expireAfterWriteMs: number | undefined;
  reloadMs: number | undefined;
  retriesMax = 3;
  requestsMax = 2;
  keysMax = 5;
  /** The size of each request, in the order they were made. */
  readonly asked: number[] = [];
  readonly readers = { opened: 0, closed: 0 };
  /** Called for each request, before it is answered; throws or rejects to fail it, waits to be late. */
  onRequest: (signal: AbortSignal) => Promise<void> | void = () => {};

  constructor(columns: readonly string[], rows: readonly (readonly Value[])[]) {
    this.columns = columns;
    this.rows = rows;
  }

  source(schema: Schema, keys: readonly number[]): LookupSource {
    const { retriesMax, requestsMax, keysMax } = this;
    if (this.cache === 'full') return { ...this.#copy(schema), retriesMax };
    const cache = this.cache === 'none' ? undefined : this.#answerCache();
    const createReader = () => this.#reader(schema, keys);
    return { kind: 'asked', cache, retriesMax, requestsMax, keysMax, createReader };
  }

  #reader(schema: Schema, keys: readonly number[]): LookupReader {
    this.readers.opened++;
    return {
      lookup: async (asked, signal) => {
        this.asked.push(asked.rows);
        await this.onRequest(signal);
        signal.throwIfAborted();
        return this.#answer(schema, keys, asked);
      },
      close: async () => {
        this.readers.closed++;
      },
    };
  }

  #answer(schema: Schema, keys: readonly number[], asked: RecordBatch): LookedUpRows {
    const builder = new BatchBuilder(schema);
    const keyOf: number[] = [];
    for (let at = 0; at < asked.rows; at++) {
      const key = asked.schema.fields.map(({ type }, index) => {
        const column = asked.columns[index];
        return column === undefined ? null : valueAt(column, type, at);
      });
      for (const row of this.#rowsIn(schema)) {
        if (!keys.every((column, index) => row[column] === key[index])) continue;
        builder.append(row);
        keyOf.push(at);
      }
    }
    return { rows: builder.finish(), keyOf: Int32Array.from(keyOf) };
  }

  #rowsIn(schema: Schema): readonly (readonly Value[])[] {
    const places = schema.fields.map(({ name }) => this.columns.indexOf(name));
    return this.rows.map((row) => places.map((place) => row[place] ?? null));
  }

  #answerCache(): AnswerCache {
    return {
      rowsMax: this.cacheRowsMax,
      expireAfterWriteMs: this.expireAfterWriteMs,
      expireAfterAccessMs: undefined,
      cachesMissingKeys: this.cachesMissingKeys,
    };
  }

  #copy(schema: Schema): Omit<CopiedTable, 'retriesMax'> {
    const discoverNow = (): ListTable => {
      const table = new ListTable();
      table.isRejected = this.isRejected;
      table.append('all', this.#rowsIn(schema));
      return table;
    };
    let table = discoverNow();
    const { boundedness, discoveryIntervalMs } = table;
    return {
      kind: 'copied',
      rowsMax: this.cacheRowsMax,
      reloadMs: this.reloadMs,
      table: {
        boundedness,
        discoveryIntervalMs,
        discover: async (signal) => {
          this.asked.push(0);
          await this.onRequest(signal);
          table = discoverNow();
          return table.source(schema).discover(signal);
        },
        createReader: (context) => table.source(schema).createReader(context),
      },
    };
  }
}

/** What a table that is away for a moment says. */
export function unreachable(): StreamError {
  return new StreamError('lookup-table.unreachable', 'the table of the test is away', {
    domain: 'external',
    retry: 'backoff',
  });
}

/** The connector `lookup`; option `table` names one of the tables. */
export function lookupConnector(tables: ReadonlyMap<string, LookupTable>): Connector {
  return {
    name: 'lookup',
    title: 'Tables of a test that are asked by key',
    createLookup: (options, schema, keys) => {
      const table = tables.get(options.table ?? '');
      if (table === undefined) throw new Error(`no lookup table "${options.table}"`);
      return table.source(schema, keys);
    },
  };
}
