import type { RecordBatch } from '@millrace/batch';
import type { AskedTable, LookupReader, OperatorContext } from '@millrace/contracts';
import { errorData, type Schema } from '@millrace/model';
import type { Answer, AnswerSource } from './answer.ts';
import { PartialCache } from './partial-cache.ts';
import { retrying } from './retrying.ts';
import { columnOfRows, type StoredRow, storedRows } from './stored-row.ts';

interface Question {
  readonly text: string;
  readonly key: StoredRow;
  readonly answer: Answer;
}

/**
 * Answers by asking the table, many keys at a time. While all requests there may be are under way, questions wait and the next request takes
 * as many as it may: the slower the table, the fuller the requests. A key that waits to be asked is asked once. One that is being
 * asked is asked again, because the table may have changed since; with a cache the answer under way is good enough.
 */
export class Requests implements AnswerSource {
  readonly #source: AskedTable;
  readonly #reader: LookupReader;
  readonly #keySchema: Schema;
  readonly #table: string;
  readonly #context: OperatorContext;
  readonly #onArrival: () => void;
  readonly #cache: PartialCache | undefined;
  readonly #stop = new AbortController();
  readonly #waiting = new Map<string, Question>();
  readonly #asked = new Map<string, Question>();
  readonly #running = new Set<Promise<void>>();
  #latestMs: number | undefined;
  failure: unknown;

  constructor(parts: {
    readonly source: AskedTable;
    readonly reader: LookupReader;
    readonly keySchema: Schema;
    readonly table: string;
    readonly context: OperatorContext;
    readonly onArrival: () => void;
  }) {
    this.#source = parts.source;
    this.#reader = parts.reader;
    this.#keySchema = parts.keySchema;
    this.#table = parts.table;
    this.#context = parts.context;
    this.#onArrival = parts.onArrival;
    const { cache } = parts.source;
    this.#cache = cache && new PartialCache(cache);
    parts.context.metrics.gauge('lookup_request_ms', () => this.#latestMs);
    if (this.#cache !== undefined) parts.context.metrics.gauge('lookup_cached_rows', () => this.#cache?.rows);
  }

  ask(text: string, key: StoredRow): Answer {
    const cached = this.#cache?.get(text, this.#context.clock.now());
    if (cached !== undefined) {
      this.#context.metrics.count('lookup_cache_hits_total');
      return { rows: cached };
    }
    const known = this.#waiting.get(text) ?? (this.#cache === undefined ? undefined : this.#asked.get(text));
    if (known !== undefined) return known.answer;
    const question: Question = { text, key, answer: { rows: undefined } };
    this.#waiting.set(text, question);
    return question.answer;
  }

  send(): void {
    const { requestsMax, keysMax } = this.#source;
    while (this.#running.size < requestsMax && this.#waiting.size > 0 && !this.#stop.signal.aborted) {
      const questions: Question[] = [];
      for (const [text, question] of this.#waiting) {
        this.#waiting.delete(text);
        this.#asked.set(text, question);
        if (questions.push(question) === keysMax) break;
      }
      const request = this.#request(questions).finally(() => {
        this.#running.delete(request);
        for (const { text, answer } of questions) {
          if (this.#asked.get(text)?.answer === answer) this.#asked.delete(text);
        }
        this.send();
        this.#onArrival();
      });
      this.#running.add(request);
    }
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('the lookup was closed'));
    await Promise.all(this.#running);
    await this.#reader.close();
  }

  async #request(questions: readonly Question[]): Promise<void> {
    const { signal } = this.#stop;
    const { clock, metrics, outside } = this.#context;
    const keys = this.#keysOf(questions);
    try {
      const { rows, keyOf } = await retrying(
        async () => {
          metrics.count('lookup_requests_total');
          const startedAt = clock.monotonic();
          const found = await this.#reader.lookup(keys, signal);
          this.#latestMs = clock.monotonic() - startedAt;
          return found;
        },
        {
          retriesMax: this.#source.retriesMax,
          clock,
          signal,
          onFailure: (error, isLast) => {
            metrics.count('lookup_failures_total');
            const then = isLast ? 'the task fails' : 'it is made again';
            outside.log.warn(`a request to ${this.#table} failed, ${then}: ${error.message}`, { code: error.code });
          },
        },
      );
      this.#take(questions, storedRows(rows), keyOf);
    } catch (error) {
      if (!signal.aborted) this.failure ??= error;
      else outside.log.debug('a request was given up', { error: errorData(error).message });
    }
  }

  #take(questions: readonly Question[], rows: readonly StoredRow[], keyOf: Int32Array): void {
    const now = this.#context.clock.now();
    let at = 0;
    for (const [index, { text, answer }] of questions.entries()) {
      const from = at;
      while (at < rows.length && keyOf[at] === index) at++;
      answer.rows = rows.slice(from, at);
      this.#cache?.put(text, answer.rows, now);
    }
  }

  #keysOf(questions: readonly Question[]): RecordBatch {
    const keys = questions.map(({ key }) => key);
    const columns = this.#keySchema.fields.map(({ type }, at) => columnOfRows(keys, at, type));
    return { schema: this.#keySchema, rows: keys.length, columns, selection: undefined };
  }
}
