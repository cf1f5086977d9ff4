import { errorName, KAFKA_ERRORS } from '../../../../packages/kafka-protocol/src/index.ts';
import type { Value } from '../wire/messages.ts';
import { ALLOWED, type Allowed, IDENTITIES, INTERNAL_TOPICS, KEYS } from './allowed.ts';
import { describeBatches } from './batches.ts';
import type { Outcome } from './play.ts';

/** A field on which the brokers differ: where, what Kafka says, what ours says. */
export interface Difference {
  readonly field: string;
  readonly kafka: unknown;
  readonly ours: unknown;
}

type Fields = ReadonlyMap<string, unknown>;

const KNOWN_ERRORS: ReadonlySet<number> = new Set(Object.values(KAFKA_ERRORS).map(({ code }) => code));

/**
 * Turns the outcome of a broker on `port` into fields that can be compared with another's: error codes get their names,
 * records are taken apart, lists without an order are sorted, and the broker's own port is called so.
 */
export function fieldsOf(outcome: Outcome, port: number): Fields {
  const fields = new Map<string, unknown>();
  if (outcome.kind !== 'answer') fields.set('outcome', outcome.kind === 'failed' ? outcome.message : outcome.kind);
  else new Flattening(port, fields).flatten(outcome.value, outcome.api);
  return fields;
}

class Flattening {
  private readonly port: number;
  private readonly fields: Map<string, unknown>;

  constructor(port: number, fields: Map<string, unknown>) {
    this.port = port;
    this.fields = fields;
  }

  flatten(value: Value, path: string): void {
    const name = path.slice(path.lastIndexOf('.') + 1).replace(/\[.*/, '');
    if (Buffer.isBuffer(value) || (value === null && name === 'records')) {
      const read = name === 'records' ? describeBatches(value) : value?.toString('hex');
      if (typeof read === 'object') this.flatten(read as Value, path);
      else this.fields.set(path, read);
    } else if (Array.isArray(value)) {
      const kept = sorted(merged(value.filter((element) => !isInternal(element))));
      this.fields.set(`${path}.length`, kept.length);
      for (const [i, element] of kept.entries()) this.flatten(element, `${path}[${keyOf(element) ?? i}]`);
    } else if (value !== null && typeof value === 'object') {
      for (const [field, part] of Object.entries(value)) this.flatten(part, `${path}.${field}`);
    } else if (name.endsWith('error_code')) {
      this.fields.set(path, KNOWN_ERRORS.has(Number(value)) ? errorName(Number(value)) : value);
    } else this.fields.set(path, name === 'port' && value === this.port ? 'its own' : value);
  }
}

/**
 * Identities that each broker chooses for itself (producer ids, member ids, ...) are equal when they are the same pair
 * as before, in both directions: an id that changes, or does not change, must do so on both sides.
 */
export class Identities {
  private readonly pairs = new Map<string, unknown>();

  areSame(field: string, kafka: unknown, ours: unknown): boolean {
    const kind = IDENTITIES[field.slice(field.lastIndexOf('.') + 1).replace(/\[.*/, '')];
    if (kind === undefined || isNobody(kafka) || isNobody(ours)) return false;
    const [forth, back] = [`${kind} ${kafka} there`, `${kind} ${ours} here`];
    if (!this.pairs.has(forth) && !this.pairs.has(back)) {
      this.pairs.set(forth, ours);
      this.pairs.set(back, kafka);
    }
    return this.pairs.get(forth) === ours && this.pairs.get(back) === kafka;
  }
}

/** The fields on which two answers differ, and for each the rule that covers it, if there is one. */
export function differences(
  kafka: Fields,
  ours: Fields,
  identities: Identities,
): (Difference & { rule: Allowed | undefined })[] {
  const names = new Set([...kafka.keys(), ...ours.keys()]);
  const found: (Difference & { rule: Allowed | undefined })[] = [];
  for (const field of names) {
    const [theirs, own] = [kafka.get(field), ours.get(field)];
    if (identities.areSame(field, theirs, own) || Object.is(theirs, own)) continue;
    const rule = ALLOWED.find((candidate) => candidate.field.test(field) && (candidate.when?.(theirs, own) ?? true));
    found.push({ field, kafka: theirs, ours: own, rule });
  }
  return found;
}

/** Every error in an answer but NONE, sorted, each once. */
export function errorsIn(fields: Fields): unknown[] {
  const errors = [...fields].filter(([field]) => field.endsWith('error_code')).map(([, error]) => error);
  return [...new Set(errors)].filter((error) => error !== 'NONE').sort();
}

function sorted(values: readonly Value[]): readonly Value[] {
  const known = values.filter((value) => keyOf(value) !== undefined);
  known.sort((a, b) => String(keyOf(a)).localeCompare(String(keyOf(b)), 'en', { numeric: true }));
  const unknown = values.filter((value) => keyOf(value) === undefined);
  return [...known, ...(unknown.every(hasOnlyAnIdentity) ? byContent(unknown) : unknown)];
}

/** Members of a group and producers of a partition have no order either, and their ids differ: the rest tells them apart. */
function byContent(values: readonly Value[]): readonly Value[] {
  const content = (value: Value) =>
    Object.entries(value as { readonly [name: string]: Value })
      .filter(([name]) => IDENTITIES[name] === undefined)
      .map(([, part]) => (Buffer.isBuffer(part) ? part.toString('hex') : String(part)))
      .join(' ');
  return [...values].sort((a, b) => content(a).localeCompare(content(b)));
}

function hasOnlyAnIdentity(value: Value): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  return 'member_id' in value || 'last_sequence' in value;
}

/** Kafka may answer a topic twice, for partitions that it knows and that it does not; clients put them together. */
function merged(values: readonly Value[]): readonly Value[] {
  const topics = new Map<unknown, { topic: Value; partitions: readonly Value[] }>();
  for (const value of values) {
    const { topic, partitions } = (value ?? {}) as { topic?: Value; partitions?: readonly Value[] };
    if (typeof topic !== 'string' || !Array.isArray(partitions)) return values;
    topics.set(topic, { topic, partitions: [...(topics.get(topic)?.partitions ?? []), ...partitions] });
  }
  return [...topics.values()];
}

/** What tells the elements of a list apart when their order means nothing. */
function keyOf(value: Value): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || Buffer.isBuffer(value)) return undefined;
  const fields = value as { readonly [name: string]: Value };
  if (Array.isArray(fields.entity)) return JSON.stringify(sorted(fields.entity));
  if (fields.principal !== undefined) return JSON.stringify(fields);
  // The two mechanisms of a user come in the order of a hash map.
  if (fields.mechanism !== undefined && fields.iterations !== undefined) return fields.mechanism;
  const key = KEYS.find((name) => fields[name] !== undefined && fields[name] !== null);
  return key === undefined ? undefined : fields[key];
}

function isInternal(value: Value): boolean {
  const key = keyOf(value);
  return typeof key === 'string' && INTERNAL_TOPICS.has(key);
}

function isNobody(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    value === -1 ||
    value === '00000000-0000-0000-0000-000000000000'
  );
}
