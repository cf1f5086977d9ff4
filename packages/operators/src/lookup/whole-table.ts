import type { CopiedTable, OperatorContext, RejectedRecord } from '@millrace/contracts';
import { StreamError } from '@millrace/model';
import type { Answer, AnswerSource } from './answer.ts';
import { keyText } from './key-text.ts';
import { retrying } from './retrying.ts';
import { type StoredRow, storedRows } from './stored-row.ts';

const POLL_ROWS = 4_096;
const POLL_WAIT_MS = 1_000;

type RowsByKey = ReadonlyMap<string, readonly StoredRow[]>;

/**
 * Answers from a copy of the whole table (`lookup.cache` = FULL). Questions wait for the first copy; while a newer one is loaded the older
 * one answers.
 */
export class WholeTable implements AnswerSource {
  readonly #source: CopiedTable;
  readonly #tableKeys: readonly number[];
  readonly #table: string;
  readonly #context: OperatorContext;
  readonly #onArrival: () => void;
  readonly #stop = new AbortController();
  #waiting: { readonly text: string; readonly answer: Answer }[] = [];
  #rows: RowsByKey | undefined;
  #count = 0;
  #loadedAt = 0;
  #latestMs: number | undefined;
  #loading: Promise<void> | undefined;
  failure: unknown;

  constructor(parts: {
    readonly source: CopiedTable;
    readonly tableKeys: readonly number[];
    readonly table: string;
    readonly context: OperatorContext;
    readonly onArrival: () => void;
  }) {
    this.#source = parts.source;
    this.#tableKeys = parts.tableKeys;
    this.#table = parts.table;
    this.#context = parts.context;
    this.#onArrival = parts.onArrival;
    this.#context.metrics.gauge('lookup_cached_rows', () => this.#count);
    this.#context.metrics.gauge('lookup_request_ms', () => this.#latestMs);
  }

  ask(text: string): Answer {
    if (this.#rows !== undefined) {
      this.#context.metrics.count('lookup_cache_hits_total');
      return { rows: this.#rows.get(text) ?? [] };
    }
    const answer: Answer = { rows: undefined };
    this.#waiting.push({ text, answer });
    return answer;
  }

  send(): void {
    const { reloadMs } = this.#source;
    const isOld = reloadMs !== undefined && this.#context.clock.now() - this.#loadedAt >= reloadMs;
    if (this.#rows !== undefined && !isOld) return;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
      this.#onArrival();
    });
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('the lookup was closed'));
    await this.#loading;
  }

  async #load(): Promise<void> {
    const { signal } = this.#stop;
    const { clock, metrics, outside } = this.#context;
    const startedAt = clock.now();
    try {
      const rows = await retrying(
        async () => {
          metrics.count('lookup_requests_total');
          const requestedAt = clock.monotonic();
          const read = await this.#read(signal);
          this.#latestMs = clock.monotonic() - requestedAt;
          return read;
        },
        {
          retriesMax: this.#source.retriesMax,
          clock,
          signal,
          onFailure: (error) => {
            metrics.count('lookup_failures_total');
            outside.log.warn(`loading ${this.#table} failed: ${error.message}`, { code: error.code });
          },
        },
      );
      this.#rows = rows;
      this.#loadedAt = startedAt;
      for (const { text, answer } of this.#waiting) answer.rows = rows.get(text) ?? [];
      this.#waiting = [];
    } catch (error) {
      if (!signal.aborted) this.failure ??= error;
    }
  }

  async #read(signal: AbortSignal): Promise<RowsByKey> {
    const { table, rowsMax } = this.#source;
    const { clock, metrics, outside, subtask } = this.#context;
    const splits = await table.discover(signal);
    const reader = table.createReader({ subtask, clock, metrics, log: outside.log, owner: outside.owner });
    try {
      reader.addSplits(splits);
      const rows = new Map<string, StoredRow[]>();
      let count = 0;
      for (let open = splits.length; open > 0; ) {
        const { batch, rejected, finishedSplits } = await reader.poll(POLL_ROWS, POLL_WAIT_MS, signal);
        open -= finishedSplits.length;
        signal.throwIfAborted();
        if (rejected[0] !== undefined) throw undecodable(this.#table, rejected[0]);
        if (batch === undefined) continue;
        const read = storedRows(batch);
        count += read.length;
        if (count > rowsMax) throw tooLarge(this.#table, rowsMax);
        for (const row of read) addTo(rows, row, this.#tableKeys);
      }
      this.#count = count;
      return rows;
    } finally {
      await reader.close();
    }
  }
}

function addTo(rows: Map<string, StoredRow[]>, row: StoredRow, tableKeys: readonly number[]): void {
  const key = tableKeys.map((column) => row[column] ?? null);
  if (key.includes(null)) return;
  const text = keyText(key);
  const known = rows.get(text);
  if (known === undefined) rows.set(text, [row]);
  else known.push(row);
}

/** A row that is missing would be an answer that is wrong: there is no dead-letter output for what every row may ask for. */
function undecodable(table: string, { split, position, error }: RejectedRecord): StreamError {
  const message = `${table} cannot be copied: ${split}, ${position}: ${error}. Correct the record, or the columns of the table.`;
  return new StreamError('lookup.undecodable-row', message, { domain: 'user', retry: 'never' });
}

function tooLarge(table: string, rowsMax: number): StreamError {
  const message =
    `${table} has more than ${rowsMax} rows, which 'lookup.cache' = 'FULL' would all keep in memory: ` +
    "use 'PARTIAL', or raise 'lookup.full-cache.max-rows'.";
  return new StreamError('lookup.too-large', message, { domain: 'user', retry: 'never' });
}
