import type { DataType } from '@millrace/model';

/**
 * Flink's derivation of result types (LogicalTypeMerging) and its table of implicit and explicit casts
 * (LogicalTypeCasts). Nullability is settled by the callers.
 */

export type DecimalType = Extract<DataType, { kind: 'decimal' }>;

const PRECISION_MAX = 38;
/** Digits after the point that a capped result keeps at least. */
const SCALE_KEPT = 6;

const INTEGER_DIGITS = { tinyint: 3, smallint: 5, integer: 10, bigint: 19 } as const;
/** From narrow to wide. */
export const INTEGER_KINDS = ['tinyint', 'smallint', 'integer', 'bigint'] as const;
export type IntegerKind = (typeof INTEGER_KINDS)[number];

export function isInteger(type: DataType): type is Extract<DataType, { kind: IntegerKind }> {
  return Object.hasOwn(INTEGER_DIGITS, type.kind);
}

function isExact(type: DataType): boolean {
  return isInteger(type) || type.kind === 'decimal';
}

export function isApproximate(type: DataType): boolean {
  return type.kind === 'float' || type.kind === 'double';
}

export function isNumeric(type: DataType): boolean {
  return isExact(type) || isApproximate(type);
}

export function isTimestamp(type: DataType): boolean {
  return type.kind === 'timestamp' || type.kind === 'timestamp_ltz';
}

export function isDatetime(type: DataType): boolean {
  return isTimestamp(type) || type.kind === 'date' || type.kind === 'time';
}

export function isConstructed(type: DataType): boolean {
  return type.kind === 'array' || type.kind === 'map' || type.kind === 'row';
}

export function isMultiset(type: DataType): boolean {
  return type.kind === 'map' && type.isMultiset === true;
}

export function withNullable(type: DataType, nullable: boolean): DataType {
  return type.nullable === nullable ? type : { ...type, nullable };
}

/** Equal up to the nullability of the outermost type. */
export function sameType(a: DataType, b: DataType): boolean {
  return JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));
}

function canonical(type: DataType): unknown {
  switch (type.kind) {
    case 'decimal':
      return [type.kind, type.precision, type.scale];
    case 'time':
    case 'timestamp':
    case 'timestamp_ltz':
      return [type.kind, type.precision];
    case 'interval':
      return [type.kind, type.unit];
    case 'array':
      return [type.kind, canonical(type.element)];
    case 'map':
      return [type.isMultiset === true ? 'multiset' : type.kind, canonical(type.key), canonical(type.value)];
    case 'row':
      return [type.kind, ...type.fields.map((field) => canonical(field.type))];
    default:
      return type.kind;
  }
}

/** An exact number as the DECIMAL that holds all its values. */
export function asDecimal(type: DataType): DecimalType | undefined {
  if (type.kind === 'decimal') return type;
  if (!isInteger(type)) return undefined;
  return { kind: 'decimal', precision: INTEGER_DIGITS[type.kind], scale: 0, nullable: type.nullable };
}

/** True when every value of an exact type stays what it is in the other one. */
export function holdsExactly(from: DataType, to: DataType): boolean {
  if (sameType(from, to)) return true;
  const [a, b] = [asDecimal(from), asDecimal(to)];
  return a !== undefined && b !== undefined && b.scale >= a.scale && b.precision - b.scale >= a.precision - a.scale;
}

const WRITTEN_APART: ReadonlySet<DataType['kind']> = new Set([
  'boolean', 'tinyint', 'smallint', 'integer', 'bigint', 'decimal', 'date', 'time', 'timestamp', 'interval',
]); // biome-ignore format: a table

/** True when a cast makes different values different ones: into a type that holds them all, or a text. Summer time makes two instants one text. */
export function keepsApart(from: DataType, to: DataType): boolean {
  if (from.kind === to.kind && (from.kind === 'time' || isTimestamp(from))) return laterPrecision(to, from) === to;
  if (holdsExactly(from, to) || (from.kind === 'float' && to.kind === 'double')) return true;
  if (from.kind === 'date' && to.kind === 'timestamp') return true;
  return to.kind === 'string' && WRITTEN_APART.has(from.kind);
}

function capped(precision: number, scale: number): DecimalType {
  if (precision <= PRECISION_MAX) return { kind: 'decimal', precision, scale, nullable: true };
  const kept = Math.max(PRECISION_MAX - (precision - scale), Math.min(scale, SCALE_KEPT));
  return { kind: 'decimal', precision: PRECISION_MAX, scale: kept, nullable: true };
}

/** The type of `a operator b` for two DECIMALs. */
export function decimalResult(operator: '+' | '-' | '*' | '/' | '%', a: DecimalType, b: DecimalType): DecimalType {
  switch (operator) {
    case '+':
    case '-': {
      const scale = Math.max(a.scale, b.scale);
      return capped(Math.max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale);
    }
    case '*':
      return capped(a.precision + b.precision + 1, a.scale + b.scale);
    case '/': {
      const scale = Math.max(SCALE_KEPT, a.scale + b.precision + 1);
      return capped(a.precision - a.scale + b.scale + scale, scale);
    }
    case '%': {
      if (a.scale === 0 && b.scale === 0) return b;
      const scale = Math.max(a.scale, b.scale);
      return capped(Math.min(a.precision - a.scale, b.precision - b.scale) + scale, scale);
    }
  }
}

/** ROUND and TRUNCATE to `digits` after the point. */
export function roundedDecimal(type: DecimalType, digits: number): DecimalType {
  const { precision, scale, nullable } = type;
  if (digits >= scale) return type;
  if (digits < 0)
    return { kind: 'decimal', precision: Math.min(PRECISION_MAX, 1 + precision - scale), scale: 0, nullable };
  return { kind: 'decimal', precision: 1 + precision - scale + digits, scale: digits, nullable };
}

/** SUM keeps integers and widens DECIMAL to 38 digits. */
export function sumType(type: DataType): DataType {
  return type.kind === 'decimal' ? { ...type, precision: PRECISION_MAX } : type;
}

/** AVG of integers is an integer; of DECIMAL(p, s) it is DECIMAL(38, max(6, s)). */
export function averageType(type: DataType): DataType {
  if (type.kind !== 'decimal') return type;
  return { ...type, precision: PRECISION_MAX, scale: Math.max(SCALE_KEPT, type.scale) };
}

/**
 * The type both sides of an arithmetic operation, a CASE, COALESCE or UNION share, nullable if either is;
 * undefined when there is none.
 */
export function commonType(a: DataType, b: DataType): DataType | undefined {
  const nullable = a.nullable || b.nullable;
  if (sameType(a, b)) return eitherNullable(a, b);
  const numeric = commonNumericType(a, b);
  if (numeric !== undefined) return withNullable(numeric, nullable);
  if (a.kind === b.kind && (a.kind === 'time' || isTimestamp(a))) return { ...laterPrecision(a, b), nullable };
  if (a.kind === 'date' && isTimestamp(b)) return { ...b, nullable };
  if (b.kind === 'date' && isTimestamp(a)) return { ...a, nullable };
  const inside = commonInside(a, b);
  return inside && withNullable(inside, nullable);
}

/** The type two arrays, maps or rows share part by part; names of fields are those of the first. */
function commonInside(a: DataType, b: DataType): DataType | undefined {
  if (a.kind === 'array' && b.kind === 'array') {
    const element = commonType(a.element, b.element);
    return element && { ...a, element };
  }
  if (a.kind === 'map' && b.kind === 'map') {
    if (a.isMultiset !== b.isMultiset) return undefined;
    const [key, value] = [commonType(a.key, b.key), commonType(a.value, b.value)];
    return key && value && { ...a, key, value };
  }
  if (a.kind !== 'row' || b.kind !== 'row' || a.fields.length !== b.fields.length) return undefined;
  const fields = a.fields.flatMap(({ name, type }, at) => {
    const other = b.fields[at];
    const common = other && commonType(type, other.type);
    return common === undefined ? [] : [{ name, type: common }];
  });
  return fields.length === a.fields.length ? { ...a, fields } : undefined;
}

/** One of two equal types, NULL allowed wherever one of them allows it. */
function eitherNullable(a: DataType, b: DataType): DataType {
  const nullable = a.nullable || b.nullable;
  if (a.kind === 'array' && b.kind === 'array') {
    return { ...a, element: eitherNullable(a.element, b.element), nullable };
  }
  if (a.kind === 'map' && b.kind === 'map') {
    return { ...a, key: eitherNullable(a.key, b.key), value: eitherNullable(a.value, b.value), nullable };
  }
  if (a.kind === 'row' && b.kind === 'row') {
    const fields = a.fields.map(({ name, type }, at) => ({
      name,
      type: eitherNullable(type, b.fields[at]?.type ?? type),
    }));
    return { ...a, fields, nullable };
  }
  return withNullable(a, nullable);
}

function laterPrecision(a: DataType, b: DataType): DataType {
  const precision = (type: DataType) => ('precision' in type ? type.precision : 0);
  return precision(a) >= precision(b) ? a : b;
}

function commonNumericType(a: DataType, b: DataType): DataType | undefined {
  if (!isNumeric(a) || !isNumeric(b)) return undefined;
  if (a.kind === 'double' || b.kind === 'double') return { kind: 'double', nullable: true };
  if (a.kind === 'float' || b.kind === 'float') {
    const withDecimal = a.kind === 'decimal' || b.kind === 'decimal';
    return { kind: withDecimal ? 'double' : 'float', nullable: true };
  }
  if (isInteger(a) && isInteger(b)) {
    return INTEGER_KINDS.indexOf(a.kind) >= INTEGER_KINDS.indexOf(b.kind) ? a : b;
  }
  const left = asDecimal(a);
  const right = asDecimal(b);
  if (left === undefined || right === undefined) return undefined;
  const scale = Math.max(left.scale, right.scale);
  const whole = Math.max(left.precision - left.scale, right.precision - right.scale);
  return { kind: 'decimal', precision: Math.min(PRECISION_MAX, whole + scale), scale, nullable: true };
}

/**
 * A cast that Flink inserts by itself: into a sink's column. Digits beyond a DECIMAL's scale are rounded. An INTERVAL and a whole number are the count
 * of its months or milliseconds.
 */
export function castsImplicitly(from: DataType, to: DataType): boolean {
  if (sameType(from, to)) return true;
  if (isConstructed(from) || isConstructed(to)) return castsInside(from, to, castsPart);
  if (from.kind === 'interval') return isExact(to);
  if (to.kind === 'interval') return isInteger(from);
  if (to.kind === 'decimal' || to.kind === 'double') return isNumeric(from);
  if (to.kind === 'float') return isExact(from);
  if (isInteger(to)) return isInteger(from) && INTEGER_KINDS.indexOf(from.kind) <= INTEGER_KINDS.indexOf(to.kind);
  if (to.kind === 'date' || to.kind === 'time') return from.kind === to.kind || from.kind === 'timestamp';
  if (isTimestamp(to)) return isTimestamp(from);
  return from.kind === to.kind;
}

/** Inside of an ARRAY, MAP or ROW an INTERVAL stays one. */
function castsPart(from: DataType, to: DataType): boolean {
  return (from.kind === 'interval') === (to.kind === 'interval') && castsImplicitly(from, to);
}

/** Two arrays, two maps or two rows of one width whose parts can be cast. */
function castsInside(from: DataType, to: DataType, casts: (from: DataType, to: DataType) => boolean): boolean {
  if (from.kind === 'array' && to.kind === 'array') return casts(from.element, to.element);
  if (from.kind === 'map' && to.kind === 'map')
    return from.isMultiset === to.isMultiset && casts(from.key, to.key) && casts(from.value, to.value);
  if (from.kind !== 'row' || to.kind !== 'row' || from.fields.length !== to.fields.length) return false;
  return from.fields.every(({ type }, at) => casts(type, to.fields[at]?.type ?? type));
}

/** A cast that may be written: CAST(x AS type). */
export function castsExplicitly(from: DataType, to: DataType): boolean {
  if (castsImplicitly(from, to)) return true;
  if (isConstructed(from) && to.kind === 'string') return true;
  if (isConstructed(from) || isConstructed(to)) {
    return castsInside(from, to, (a, b) => castsPart(a, b) || (b.kind === 'string' && castsExplicitly(a, b)));
  }
  if (to.kind === 'interval') return false;
  if (to.kind === 'string') return true;
  if (from.kind === 'interval') return false;
  if (to.kind === 'bytes') return from.kind === 'string';
  if (from.kind === 'bytes') return false;
  if (from.kind === 'string') return true;
  if (to.kind === 'boolean') return isInteger(from);
  if (from.kind === 'boolean') return isNumeric(to);
  if (isNumeric(to)) return isNumeric(from);
  if (isDatetime(to)) return isDatetime(from) && !(to.kind === 'date' && from.kind === 'time');
  return false;
}
