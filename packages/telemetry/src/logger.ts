import type { Log } from '@millrace/contracts';
import { type DestinationStream, destination, type Level, pino } from 'pino';
import { createRedactor, type Redact } from './redact.ts';

export interface LoggerOptions {
  /** Which program speaks: `agent`, `master`, `worker`. */
  readonly name: string;
  /** Least level written; default `info`. */
  readonly level?: Level;
  /** On every line, e.g. container and application ids. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Values that must never appear. More can be added later with `hide`. */
  readonly secrets?: readonly string[];
  /** Where lines go; default: stdout, written synchronously, so that the last words before a crash are there. */
  readonly destination?: DestinationStream;
}

export interface Logger extends Log {
  /** From now on these values are masked on every line, also on those of children. */
  hide(secrets: readonly string[]): void;
  /** The same destination and secrets with more fields on every line. */
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

/** JSON lines: `level` (word), `time` (ISO 8601, UTC), `name`, the fields, `msg`. Secrets are masked (redact.ts). */
export function createLogger(options: LoggerOptions): Logger {
  const hidden = new Set(options.secrets ?? []);
  let redact: Redact = createRedactor([...hidden]);
  const sink = options.destination ?? destination({ fd: 1, sync: true });
  const root = pino(
    {
      name: options.name,
      level: options.level ?? 'info',
      base: { name: options.name, ...plainFields(options.fields ?? {}) },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: (line) => redact(line) },
    },
    sink,
  );
  const wrap = (logger: pino.Logger): Logger => ({
    debug: (message, fields) => logger.debug(plainFields(fields ?? {}), message),
    info: (message, fields) => logger.info(plainFields(fields ?? {}), message),
    warn: (message, fields) => logger.warn(plainFields(fields ?? {}), message),
    error: (message, fields) => logger.error(plainFields(fields ?? {}), message),
    child: (fields) => wrap(logger.child(plainFields(fields))),
    hide(secrets) {
      for (const secret of secrets) hidden.add(secret);
      redact = createRedactor([...hidden]);
    },
  });
  return wrap(root);
}

/** Errors as data (an Error has no enumerable members, JSON would show `{}`); bigint as digits. */
function plainFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Error)) return value;
  const { message, stack, cause } = value;
  const more: Record<string, unknown> = {};
  for (const name of ['code', 'domain', 'detail'] as const) if (name in value) more[name] = Reflect.get(value, name);
  return { ...more, message, stack, ...(cause === undefined ? {} : { cause: plain(cause) }) };
}
