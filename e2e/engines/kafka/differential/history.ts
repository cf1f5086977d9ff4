import type { BatchSpec } from './batches.ts';

/**
 * A scripted history: what is sent to a broker, step by step, as data. The same history goes to Apache Kafka and to
 * ours; the answers are compared field by field (compare.ts) but for the differences in allowed.ts.
 */
export interface Chapter {
  readonly title: string;
  readonly steps: readonly Step[];
}

export type Step = Call | Finish | Send | Bytes | Close;

interface Titled {
  /** What Kafka guarantees here; the name of the test. */
  readonly title: string;
  /** Which connection; opened when it is first named. */
  readonly on?: string;
}

/** A request, whose answer is compared. Field names are those of Kafka's message definitions. */
export interface Call extends Titled {
  readonly call: string;
  readonly v: number;
  readonly body: Body;
  /** Keeps the answer under this name for {@link from}. */
  readonly as?: string;
  /** Every error code in Kafka's answer but NONE, sorted: without it a step that both refuse for a typing error would be green. */
  readonly gives?: readonly string[];
  /** The same request is sent again until its answer holds; for what Kafka does after it has answered. */
  readonly until?: (answer: Fields) => boolean;
  /** Not awaited here, but by the {@link Finish} of the same name: joins, syncs and fetches that wait. */
  readonly parked?: true;
}

/** Awaits the answer of a parked call. */
export interface Finish extends Titled {
  readonly finish: string;
  readonly gives?: readonly string[];
}

/** A request that has no answer. */
export interface Send extends Titled {
  readonly send: string;
  readonly v: number;
  readonly body: Body;
}

/** Bytes no client would send; compared is whether the broker ends the connection. */
export interface Bytes extends Titled {
  readonly bytes: Buffer;
}

/** The client goes away. */
export interface Close extends Titled {
  readonly close: string;
}

/** The body of a request: Kafka's fields, values out of earlier answers, and batches to be built. */
export type Body =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | Ref
  | BatchOf
  | readonly Body[]
  | { readonly [field: string]: Body };

interface Ref {
  readonly $from: string;
  readonly path: string;
}

interface BatchOf {
  readonly $batch: { readonly [key in keyof BatchSpec]: Body };
}

/** An answer, for conditions; a missing step of the path is undefined. */
export type Fields = (path: string) => unknown;

/** A value of an earlier answer: `from('join', 'member_id')`, `from('metadata', 'topics.0.topic_id')`. */
export function from(name: string, path: string): Ref {
  return { $from: name, path };
}

/** Records to produce; ids and epochs may come from earlier answers. */
export function batch(spec: BatchOf['$batch']): BatchOf {
  return { $batch: spec };
}

export function isRef(body: object): body is Ref {
  return '$from' in body;
}

export function isBatchOf(body: object): body is BatchOf {
  return '$batch' in body;
}

/** What `path` leads to, list positions included. */
export function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], value);
}
