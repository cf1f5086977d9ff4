import {
  type Column,
  columnKindOf,
  columnOf,
  int64ColumnOf,
  type Nulls,
  parseDecimal,
  StringColumn,
  type Value,
} from '@millrace/batch';
import { type DataType, type FineTimestamp, formatDataType, isFineTimestamp } from '@millrace/model';
import type { Crossing } from './encode-arguments.ts';
import { ticksOfDate, ticksOfText } from './fine-time-text.ts';

/** A result that is not of the declared type; `row` counts within the results given. */
export class WrongResult extends Error {
  readonly row: number;

  constructor(message: string, row: number) {
    super(message);
    this.row = row;
  }
}

/**
 * Results of the sandbox as a column of `height` rows: `results[i]` at row `rows[i]`, anything elsewhere. They were checked in there, by
 * code that a body may have tampered with: here everything is checked again. Throws WrongResult.
 */
export function columnOfResults(
  results: readonly Crossing[],
  type: DataType,
  rows: Int32Array,
  height: number,
): Column {
  const placed = <T>(empty: T): T[] => new Array<T>(height).fill(empty);
  const values = placed<Value>(null);
  for (const [at, row] of rows.entries()) {
    try {
      values[row] = checkedValue(results[at] ?? null, type);
    } catch (error) {
      throw error instanceof WrongResult ? new WrongResult(error.message, at) : error;
    }
  }
  return columnFrom(values, type);
}

/** `columnOf` of batch takes a Value per row; the frequent kinds go straight into their arrays. */
function columnFrom(values: readonly Value[], type: DataType): Column {
  const kind = columnKindOf(type);
  const nulls: Nulls = values.includes(null) ? Uint8Array.from(values, (value) => (value === null ? 1 : 0)) : undefined;
  switch (kind) {
    case 'string':
      return StringColumn.fromStrings(
        values.map((value) => (value === null ? undefined : String(value))),
        nulls,
      );
    case 'int32':
      return { kind, values: Int32Array.from(values, Number), nulls };
    case 'float64':
      return { kind, values: Float64Array.from(values, Number), nulls };
    case 'int64':
      if (type.kind === 'bigint' || isFineTimestamp(type))
        return int64ColumnOf(
          values.map((value) => (value === null ? 0n : (value as bigint))),
          nulls,
        );
      return columnOf(values, type);
    default:
      return columnOf(values, type);
  }
}

const INTEGER_LIMITS: Readonly<Partial<Record<DataType['kind'], number>>> = {
  tinyint: 2 ** 7,
  smallint: 2 ** 15,
  integer: 2 ** 31,
  date: 2 ** 31,
};
const DAY_MS = 86_400_000;

function ticksGiven(given: Crossing, type: FineTimestamp): bigint {
  if (Number.isSafeInteger(given)) return ticksOfDate(Number(given), type);
  const ticks = typeof given === 'string' ? ticksOfText(given, type) : 'no-time';
  if (ticks === 'no-time') return refuse(given, type);
  if (ticks !== 'digits') return ticks;
  throw new WrongResult(
    `${given} has more than ${type.precision} digits of a second: cut it, with slice for example`,
    0,
  );
}

function checkedValue(given: Crossing, type: DataType): Value {
  if (given === null) return type.nullable ? null : refuse('NULL', type);
  switch (type.kind) {
    case 'boolean':
      return typeof given === 'boolean' ? given : refuse(given, type);
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'date': {
      const limit = INTEGER_LIMITS[type.kind] ?? 0;
      return Number.isInteger(given) && Number(given) >= -limit && Number(given) < limit
        ? Number(given)
        : refuse(given, type);
    }
    case 'time':
      return Number.isInteger(given) && Number(given) >= 0 && Number(given) < DAY_MS
        ? Number(given)
        : refuse(given, type);
    case 'bigint':
      return bigintOf(given, type);
    case 'decimal':
      return decimalOf(given, type);
    case 'float':
      return Math.fround(numberOf(given, type));
    case 'double':
      return numberOf(given, type);
    case 'timestamp':
    case 'timestamp_ltz':
      if (isFineTimestamp(type)) return ticksGiven(given, type);
      return Number.isSafeInteger(given) ? Number(given) : refuse(given, type);
    case 'interval': {
      const fits = type.unit === 'months' ? Number(given) === (Number(given) | 0) : true;
      return Number.isSafeInteger(given) && fits ? Number(given) : refuse(given, type);
    }
    case 'string':
      if (typeof given !== 'string') return refuse(given, type);
      return given.isWellFormed() ? given : refuse('a text with half of a surrogate pair', type);
    case 'bytes':
      return typeof given === 'string' ? new Uint8Array(Buffer.from(given, 'latin1')) : refuse(given, type);
    case 'array':
      return listOf(given, type).map((item) => checkedValue(item, type.element));
    case 'map':
      return new Map(
        listOf(given, type).map((pair) => {
          const [key = null, value = null] = listOf(pair, type);
          return [checkedValue(key, type.key), checkedValue(value, type.value)] as const;
        }),
      );
    case 'row': {
      const cells = listOf(given, type);
      if (cells.length !== type.fields.length) return refuse(`${cells.length} values`, type);
      return type.fields.map((field, at) => checkedValue(cells[at] ?? null, field.type));
    }
  }
}

function bigintOf(given: Crossing, type: DataType): bigint {
  const isDigits = typeof given === 'string' && /^-?\d{1,19}$/.test(given);
  if (!isDigits && !Number.isSafeInteger(given)) return refuse(given, type);
  const value = BigInt(given as string | number);
  return BigInt.asIntN(64, value) === value ? value : refuse(given, type);
}

/** As text at the scale of the type. Digits that do not fit are an error, and not rounded: the body says how to round. */
function decimalOf(given: Crossing, type: Extract<DataType, { kind: 'decimal' }>): string {
  const match = typeof given === 'string' ? /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(given) : null;
  if (match === null || typeof given !== 'string' || !/\d/.test(given)) return refuse(given, type);
  const [, , whole = '', fraction = ''] = match;
  if (fraction.length > type.scale)
    throw new WrongResult(
      `${given} has more than ${type.scale} digits after the point: round it, with toFixed for example`,
      0,
    );
  if (whole.length > type.precision - type.scale) return refuse(given, type);
  const unscaled = parseDecimal(given, type.scale);
  return unscaled === undefined ? refuse(given, type) : given;
}

function numberOf(given: Crossing, type: DataType): number {
  if (typeof given === 'number') return given;
  const isSpecial = given === 'NaN' || given === 'Infinity' || given === '-Infinity' || given === '-0';
  return isSpecial ? Number(given) : refuse(given, type);
}

function listOf(given: Crossing, type: DataType): readonly Crossing[] {
  return Array.isArray(given) ? (given as readonly Crossing[]) : refuse(given, type);
}

function refuse(given: Crossing, type: DataType): never {
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  throw new WrongResult(`${text.slice(0, 60)} is not ${formatDataType({ ...type, nullable: true })}`, 0);
}
