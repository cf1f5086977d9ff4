import { isDeepStrictEqual } from 'node:util';
import { formatDecimal, parseDecimal, type Value } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import type { AggregateCall, Expression } from '@millrace/plan';

/** A row that came (`1`) or was taken back (`-1`). */
export interface Step {
  readonly row: readonly Value[];
  readonly sign: 1 | -1;
}

/** What the call gives for a group after these steps, computed the obvious way. Arguments and filters are columns. */
export function bruteAggregate(call: AggregateCall, steps: readonly Step[]): Value {
  const values = remaining(call, steps);
  const present = values.filter((value) => value !== null);
  const type = call.arg?.type ?? call.type;
  switch (call.name) {
    case 'count':
      return BigInt(values.length);
    case 'approx_count_distinct':
      return BigInt(new Set(present.map(keyOf)).size);
    case 'sum':
    case 'avg':
      return present.length === 0 ? null : total(call, present, type);
    case 'min':
    case 'max':
      return extreme(call.name, present, type);
    case 'stddev_pop':
    case 'stddev_samp':
    case 'var_pop':
    case 'var_samp':
      return spread(call.name, present.map(Number));
    case 'first_value':
      return present[0] ?? null;
    case 'last_value':
      return present.at(-1) ?? null;
    case 'listagg':
      return present.length === 0 ? null : present.join(String(call.parameter ?? ','));
    case 'array_agg':
      return values.length === 0 ? null : values;
    case 'collect': {
      const counts = new Map<Value, number>();
      for (const value of present.toSorted((a, b) => Number(a) - Number(b)))
        counts.set(value, (counts.get(value) ?? 0) + 1);
      return counts;
    }
    case 'single_value':
      return values[0] ?? null;
    case 'percentile':
      return percentiles(
        present.flatMap((value) =>
          Array.isArray(value) ? Array.from({ length: Number(value[1]) }, () => Number(value[0])) : [Number(value)],
        ),
        call.parameter,
      );
    case 'lag':
    case 'user':
      throw new Error(`${call.name} has no meaning here`);
  }
}

/** The values left, oldest first: taking back removes the oldest equal one; with DISTINCT a value is there once. */
function remaining(call: AggregateCall, steps: readonly Step[]): Value[] {
  const values: Value[] = [];
  const counts = new Map<string, number>();
  for (const { row, sign } of steps) {
    if (call.filter !== undefined && at(call.filter, row) !== true) continue;
    const value = call.arg === undefined ? 1 : at(call.arg, row);
    if (value === null && call.name !== 'array_agg' && call.name !== 'single_value') continue;
    const count = (counts.get(keyOf(value)) ?? 0) + sign;
    counts.set(keyOf(value), count);
    if (call.distinct === true && count !== (sign === 1 ? 1 : 0)) continue;
    if (sign === 1) values.push(value);
    else
      values.splice(
        values.findIndex((held) => isDeepStrictEqual(held, value)),
        1,
      );
  }
  return values;
}

function at(expression: Expression, row: readonly Value[]): Value {
  if (expression.kind !== 'column') throw new Error('only columns');
  return row[expression.index] ?? null;
}

function keyOf(value: Value): string {
  if (value instanceof Uint8Array) return `bytes ${value.join()}`;
  if (Array.isArray(value)) return `[${value.map(keyOf).join()}]`;
  return `${typeof value} ${value === 0 ? 0 : String(value)}`;
}

function total(call: AggregateCall, values: readonly Value[], argument: DataType): Value {
  if (argument.kind === 'double') {
    const sum = values.map(Number).reduce((a, b) => a + b, 0);
    return call.name === 'sum' ? sum : sum / values.length;
  }
  const scaleOf = (type: DataType) => (type.kind === 'decimal' ? type.scale : 0);
  const sum = values.reduce((a: bigint, b) => a + (parseDecimal(String(b), scaleOf(argument)) ?? 0n), 0n);
  const scaled = sum * 10n ** BigInt(scaleOf(call.type) - scaleOf(argument));
  const count = BigInt(values.length);
  if (call.type.kind === 'decimal') {
    const result = call.name === 'sum' ? scaled : halfUp(scaled, count);
    const limit = 10n ** BigInt(call.type.precision);
    return result < limit && result > -limit ? formatDecimal(result, call.type.scale) : null;
  }
  const result = call.name === 'sum' ? scaled : scaled / count;
  return call.type.kind === 'bigint' ? BigInt.asIntN(64, result) : Number(BigInt.asIntN(32, result));
}

function halfUp(value: bigint, count: bigint): bigint {
  const [size, sign] = value < 0n ? [-value, -1n] : [value, 1n];
  return sign * ((size * 2n + count) / (count * 2n));
}

function extreme(name: 'min' | 'max', values: readonly Value[], type: DataType): Value {
  const scale = type.kind === 'decimal' ? type.scale : 0;
  const ascending = [...values].sort((a, b) => {
    if (type.kind === 'string' || type.kind === 'bytes') return Buffer.compare(bytesOf(a), bytesOf(b));
    if (type.kind === 'decimal') return Number(order(parseDecimal(String(a), scale), parseDecimal(String(b), scale)));
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return order(a, b);
  });
  return (name === 'min' ? ascending[0] : ascending.at(-1)) ?? null;
}

function order<T>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function bytesOf(value: Value): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(String(value));
}

function spread(name: 'stddev_pop' | 'stddev_samp' | 'var_pop' | 'var_samp', values: readonly number[]): Value {
  const isSample = name.endsWith('samp');
  if (values.length < (isSample ? 2 : 1)) return null;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((a, b) => a + (b - mean) ** 2, 0);
  const variance = squares / (isSample ? values.length - 1 : values.length);
  return name.startsWith('stddev') ? Math.sqrt(variance) : variance;
}

function percentiles(values: readonly number[], parameter: AggregateCall['parameter']): Value {
  if (typeof parameter !== 'object') return percentile(values, Number(parameter));
  return values.length === 0 ? null : parameter.map((fraction) => percentile(values, fraction));
}

function percentile(values: readonly number[], fraction: number): Value {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const place = fraction * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? 0;
  return below + ((sorted[Math.ceil(place)] ?? 0) - below) * (place - Math.floor(place));
}

/** Rows as text that can be compared and sorted; doubles to 6 digits, because sums and variances round on their way. */
export function rowText(row: readonly Value[]): string {
  return row.map(valueText).join(' | ');
}

function valueText(value: Value | undefined): string {
  if (value === null || value === undefined) return 'NULL';
  if (value instanceof Uint8Array) return `bytes ${value.join()}`;
  if (Array.isArray(value)) return `[${value.map(valueText).join()}]`;
  if (typeof value !== 'number' || Number.isInteger(value)) return `${typeof value} ${String(value === 0 ? 0 : value)}`;
  return `number ${Math.abs(value) < 1e-6 ? 0 : Number(value.toPrecision(6))}`;
}
