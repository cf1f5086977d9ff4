import { BatchBuilder, type RecordBatch, type Value, valueAt } from '@millrace/batch';
import type { LookedUpRows, LookupReader, LookupSource, ReaderContext } from '@millrace/contracts';
import type { Field, Schema } from '@millrace/model';
import { jsonText } from '../formats/json-text.ts';
import { JsonRows } from '../lookup/json-rows.ts';
import { lookupSourceOf } from '../lookup/options.ts';
import type { NetworkPolicy } from '../network/network-policy.ts';
import { invalidOption, OptionValues } from '../option/option-values.ts';
import { type Endpoint, parseEndpoint, placeholdersOf, targetOf } from './endpoint.ts';
import { HttpConnections, type HttpRequest } from './exchange.ts';
import {
  CERTIFICATES_OPTION,
  CONCURRENCY_OPTION,
  HEADER_OPTION,
  REST_LOOKUP,
  RESULT_OPTION,
  TIMEOUT_OPTION,
} from './options.ts';
import { outcomeOf } from './status.ts';

/** What is asked, and how. Headers may be secret: never log them. */
interface Service {
  readonly endpoint: Endpoint;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly certificates: string | undefined;
  readonly isArray: boolean;
  readonly schema: Schema;
  readonly keys: readonly number[];
  /** Columns of the key that the url has no place for. */
  readonly unplaced: readonly string[];
}

/** A service that is asked for the rows of one key per request. */
export function httpLookup(
  options: Readonly<Record<string, string>>,
  schema: Schema,
  keys: readonly number[],
  network: NetworkPolicy,
): LookupSource {
  const values = new OptionValues(REST_LOOKUP, options, 'lookup');
  const service = serviceOf(values, schema, keys);
  const requestsMax = values.integer(CONCURRENCY_OPTION) ?? 8;
  const createReader = (context: ReaderContext) => new HttpLookupReader(service, requestsMax, network, context);
  return lookupSourceOf(values, { ask: { requestsMax, keysMax: 1, createReader } });
}

function serviceOf(values: OptionValues, schema: Schema, keys: readonly number[]): Service {
  const url = values.required('url');
  const endpoint = parseEndpoint(url);
  if (endpoint === undefined) throw invalidOption('url', "option 'url' is no place to ask");
  const names = keys.flatMap((index) => schema.fields[index]?.name ?? []);
  const placed = placeholdersOf(url) ?? [];
  const unknown = placed.find((column) => !names.includes(column));
  if (unknown !== undefined) {
    const message = `option 'url' has a place for {${unknown}}, which ON does not compare; it compares ${names.join(', ')}`;
    throw invalidOption('url', message);
  }
  return {
    endpoint,
    method: values.text('lookup-method') ?? 'GET',
    headers: Object.fromEntries(values.byPlaceholder(HEADER_OPTION)),
    timeoutMs: (values.integer(TIMEOUT_OPTION) ?? 30) * 1_000,
    certificates: values.text(CERTIFICATES_OPTION),
    isArray: values.text(RESULT_OPTION) === 'array',
    schema,
    keys,
    unplaced: names.filter((name) => !placed.includes(name)),
  };
}

class HttpLookupReader implements LookupReader {
  readonly #service: Service;
  readonly #connections: HttpConnections;
  readonly #rows: JsonRows;
  readonly #context: ReaderContext;
  readonly #place: string;

  constructor(service: Service, requestsMax: number, network: NetworkPolicy, context: ReaderContext) {
    const { endpoint, timeoutMs, schema, keys, isArray } = service;
    this.#service = service;
    this.#connections = new HttpConnections(endpoint, network, { requestsMax, timeoutMs }, service.certificates);
    this.#rows = new JsonRows(schema, keys, { isArray, errorCode: 'http.answer' });
    this.#context = context;
    this.#place = `${endpoint.host}:${endpoint.port}`;
  }

  async lookup(keys: RecordBatch, signal: AbortSignal): Promise<LookedUpRows> {
    const builder = new BatchBuilder(this.#service.schema);
    const keyOf: number[] = [];
    for (let number = 0; number < keys.rows; number++) {
      const key = keys.schema.fields.map(({ type }, at): Value => {
        const column = keys.columns[at];
        return column === undefined ? null : valueAt(column, type, number);
      });
      for (const row of await this.#ask(key, keys.schema.fields, signal)) {
        builder.append(row);
        keyOf.push(number);
      }
    }
    return { rows: builder.finish(), keyOf: Int32Array.from(keyOf) };
  }

  async close(): Promise<void> {
    this.#connections.close();
  }

  async #ask(
    key: readonly Value[],
    fields: readonly Field[],
    signal: AbortSignal,
  ): Promise<readonly (readonly Value[])[]> {
    const request = requestOf(this.#service, key, fields);
    if (request === undefined) return [];
    const { status, retryAfter, body } = await this.#connections.exchange(request, signal);
    this.#context.metrics.count('bytes_in_total', body.length);
    const { clock } = this.#context;
    const outcome = outcomeOf(status, retryAfter, this.#place, clock.now());
    switch (outcome.kind) {
      case 'rows':
        return this.#rows.read(body, key, this.#place);
      case 'none':
        return [];
      case 'again':
        if (outcome.afterMs > 0) await clock.sleep(outcome.afterMs, signal);
        throw outcome.error;
      case 'failed':
        throw outcome.error;
    }
  }
}

/** Undefined: no such key can be asked for. Names in the answer's columns are those of the table, whatever the key is called. */
function requestOf(service: Service, key: readonly Value[], keyFields: readonly Field[]): HttpRequest | undefined {
  const { endpoint, method, schema, keys, unplaced } = service;
  const at = (name: string) => keys.findIndex((index) => schema.fields[index]?.name === name);
  const textOf = (name: string): string => {
    const type = keyFields[at(name)]?.type;
    const value = key[at(name)] ?? null;
    if (type === undefined) return '';
    return typeof value === 'string' && type.kind === 'string' ? value : jsonText(value, type).replaceAll('"', '');
  };
  const isGet = method === 'GET';
  const target = targetOf(endpoint, textOf, isGet ? unplaced : []);
  if (target === undefined) return undefined;
  const accept = { accept: 'application/json', 'user-agent': 'millrace' };
  if (isGet) return { method, target, headers: { ...accept, ...service.headers }, body: undefined };
  const members = unplaced.map((name) => {
    const type = keyFields[at(name)]?.type;
    return `${JSON.stringify(name)}:${type === undefined ? 'null' : jsonText(key[at(name)] ?? null, type)}`;
  });
  const body = new TextEncoder().encode(`{${members.join(',')}}`);
  const about = { 'content-type': 'application/json', 'content-length': String(body.length) };
  return { method, target, headers: { ...accept, ...service.headers, ...about }, body };
}
