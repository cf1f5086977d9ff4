import { formatDecimal, type Value } from '@millrace/batch';
import {
  type DataType,
  type Field,
  type FineTimestamp,
  formatDataType,
  isFineTimestamp,
  type Schema,
  ticksOf,
  ticksPerMs,
} from '@millrace/model';
import { parseDurationMs } from '../option/duration.ts';
import { invalidOption, type OptionValues } from '../option/option-values.ts';
import type { PositionRandom } from '../random.ts';

/** The value of one column in row `sequence`; `dueAt` is the moment of the row, epoch ms. */
export type FieldMaker = (sequence: number, random: PositionRandom, dueAt: number) => Value;

interface FieldOptions {
  readonly kind: string;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly maxPastMs: number;
  readonly length: number;
  readonly start: number;
  readonly nullRate: number;
}

/** One maker per column of the table. Options of columns the query does not read are checked by name only. */
export function fieldMakers(values: OptionValues, schema: Schema): readonly FieldMaker[] {
  return schema.fields.map((field) => {
    const options = optionsOf(values, field.name);
    const make = options.kind === 'sequence' ? sequenceMaker(field, options) : randomMaker(field, options);
    if (options.nullRate === 0) return make;
    if (!field.type.nullable)
      throw invalidOption(`fields.${field.name}.null-rate`, `column '${field.name}' is NOT NULL`);
    return (sequence, random, dueAt) => (random.unit() < options.nullRate ? null : make(sequence, random, dueAt));
  });
}

/** How many rows the shortest declared sequence has. */
export function sequenceRows(values: OptionValues): number | undefined {
  const starts = values.byPlaceholder('fields.<field>.start');
  const ends = values.byPlaceholder('fields.<field>.end');
  const rows = [...ends].map(([field, end]) => Math.max(0, Number(end) - Number(starts.get(field) ?? 0) + 1));
  return rows.length === 0 ? undefined : Math.min(...rows);
}

function optionsOf(values: OptionValues, field: string): FieldOptions {
  const of = (name: string) => values.byPlaceholder(`fields.<field>.${name}`).get(field);
  const number = (name: string) => {
    const text = of(name);
    return text === undefined ? undefined : Number(text);
  };
  return {
    kind: of('kind') ?? 'random',
    min: number('min'),
    max: number('max'),
    maxPastMs: parseDurationMs(of('max-past') ?? '0') ?? 0,
    length: number('length') ?? 100,
    start: number('start') ?? 0,
    nullRate: number('null-rate') ?? 0,
  };
}

function sequenceMaker({ name, type }: Field, { start }: FieldOptions): FieldMaker {
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'float':
    case 'double':
    case 'interval':
      return (sequence) => start + sequence;
    case 'bigint':
      return (sequence) => BigInt(start + sequence);
    case 'decimal':
    case 'string':
      return (sequence) => String(start + sequence);
    default:
      throw unsupported(name, type, 'sequence');
  }
}

const HEX = '0123456789abcdef';
const DAY_MS = 86_400_000;
const INTEGER_LIMITS = {
  tinyint: 127,
  smallint: 32_767,
  integer: 2_147_483_647,
  bigint: Number.MAX_SAFE_INTEGER,
} as const;

function randomMaker({ name, type }: Field, options: FieldOptions): FieldMaker {
  const { min, max, length, maxPastMs } = options;
  if (min !== undefined && max !== undefined && min > max) {
    throw invalidOption(`fields.${name}.min`, `'fields.${name}.min' is greater than 'fields.${name}.max'`);
  }
  switch (type.kind) {
    case 'boolean':
      return (_, random) => random.bits() % 2 === 1;
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint': {
      const limit = INTEGER_LIMITS[type.kind];
      const [from, to] = [Math.ceil(min ?? 0), Math.floor(max ?? limit)];
      if (to > limit || from < -limit - 1)
        throw invalidOption(`fields.${name}.max`, `bounds of '${name}' do not fit ${formatDataType(type)}`);
      return type.kind === 'bigint'
        ? (_, random) => BigInt(random.integer(from, to + 1))
        : (_, random) => random.integer(from, to + 1);
    }
    case 'interval': {
      const limit = INTEGER_LIMITS[type.unit === 'months' ? 'integer' : 'bigint'];
      const [from, to] = [Math.ceil(min ?? 0), Math.floor(max ?? limit)];
      if (to > limit || from < -limit)
        throw invalidOption(`fields.${name}.max`, `bounds of '${name}' do not fit ${formatDataType(type)}`);
      return (_, random) => random.integer(from, to + 1);
    }
    case 'float':
    case 'double':
      return (_, random) => (min ?? 0) + random.unit() * ((max ?? 1) - (min ?? 0));
    case 'decimal': {
      const scale = 10 ** Math.min(type.scale, 12);
      const most = 10 ** Math.min(type.precision, 15) - 1;
      const [from, to] = [Math.ceil((min ?? 0) * scale), Math.min(Math.floor((max ?? most / scale) * scale), most)];
      return (_, random) => formatDecimal(BigInt(random.integer(from, to + 1)), Math.min(type.scale, 12));
    }
    case 'string':
      return (_, random) => {
        let text = '';
        while (text.length < length) text += HEX[random.bits() & 15];
        return text;
      };
    case 'bytes':
      return (_, random) => Uint8Array.from({ length }, () => random.bits() & 255);
    case 'timestamp':
    case 'timestamp_ltz': {
      if (isFineTimestamp(type)) return fineTimeMaker(type, maxPastMs);
      return (_, random, dueAt) => Math.floor(dueAt - random.unit() * maxPastMs);
    }
    case 'date':
      return (_, __, dueAt) => Math.floor(dueAt / DAY_MS);
    case 'time':
      return (_, random) => random.integer(0, DAY_MS);
    default:
      throw unsupported(name, type, 'random');
  }
}

/** The moment of the row, or one of random digits down to the last within the past that is allowed. */
function fineTimeMaker(type: FineTimestamp, maxPastMs: number): FieldMaker {
  const perMs = ticksPerMs(type);
  return (_, random, dueAt) => {
    const now = ticksOf(Math.floor(dueAt), 0, type);
    if (maxPastMs === 0) return now;
    return now - BigInt(random.integer(0, maxPastMs)) * BigInt(perMs) - BigInt(random.integer(0, perMs));
  };
}

function unsupported(name: string, type: DataType, kind: string) {
  return invalidOption(
    `fields.${name}.kind`,
    `datagen cannot make a ${kind} column of ${formatDataType(type)} ('${name}')`,
  );
}
