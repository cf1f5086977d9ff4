import { columnKindOf, parseDecimal } from '@millrace/batch';
import type { DataType, Schema } from '@millrace/model';
import type { CallExpression, ColumnExpression, Expression, LiteralExpression } from '@millrace/plan';
import { emitBinary, emitUnary } from './arithmetic.ts';
import type { ColumnShape } from './batch-shape.ts';
import { emitCast } from './cast.ts';
import { type Code, CodeWriter } from './code-writer.ts';
import { emitComparison } from './comparison.ts';
import {
  emitDateFormat,
  emitDatetimeDiff,
  emitDatetimePlus,
  emitInZone,
  emitNow,
  emitToTimestamp,
  emitToTimestampLtz,
  emitUnit,
  emitUnixTimestamp,
} from './datetime.ts';
import { describeExpression } from './describe.ts';
import { emitArithmetic } from './interval.ts';
import { emitConcatWs, emitLibrary, emitTextMatch } from './library.ts';
import { emitAndOr, emitCase, emitCoalesce, emitExtreme, emitIn, emitNot, emitNullIf, emitTest } from './logic.ts';
import { emitRandom } from './random.ts';
import { bailUnlessSafe, isInt64, type Scope, scaleOf, unsupported, zeroOf } from './scope.ts';
import { emitValueFunction, isValueFunction } from './value-function.ts';

/** Turns expressions into statements for one shape of batch. Column i is reached as `c<i>` (values), `u<i>` (nulls). */
export class Emitter implements Scope {
  readonly writer = new CodeWriter();
  readonly wide: boolean;
  #needsWide = false;
  readonly #schema: Schema;
  readonly #shapes: ReadonlyMap<number, ColumnShape>;
  readonly #owner: string;

  constructor(schema: Schema, shapes: ReadonlyMap<number, ColumnShape>, wide: boolean, owner: string) {
    this.#schema = schema;
    this.#shapes = shapes;
    this.wide = wide;
    this.#owner = owner;
  }

  /** A literal or column needs bigint: the narrow text is of no use. */
  get needsWide(): boolean {
    return this.#needsWide && !this.wide;
  }

  requireWide(): void {
    this.#needsWide = true;
  }

  label(expression: Expression): string {
    return this.writer.constant(`${this.#owner}: ${describeExpression(expression, this.#schema)}`);
  }

  slices(index: number) {
    if (this.#shapes.get(index)?.utf8 !== true) return undefined;
    return { bytes: `b${index}`, starts: `s${index}`, ends: `e${index}` };
  }

  nullOf(index: number): Code {
    const shape = this.#shapes.get(index);
    if (shape?.open === true) return { value: 'true', isNull: `(u${index} !== undefined && u${index}[i] === 1)` };
    return { value: 'true', isNull: shape?.nulls === true ? `(u${index}[i] === 1)` : 'false' };
  }

  emit(expression: Expression): Code {
    switch (expression.kind) {
      case 'column':
        return this.#column(expression);
      case 'literal':
        return this.#literal(expression);
      case 'cast':
        return emitCast(expression, this);
      case 'case':
        return emitCase(expression, this);
      case 'call':
        return emitCall(expression, this);
      case 'user-call':
        throw new Error('a call of a user function reached the loop: see user-calls.ts');
    }
  }

  #column({ index, type }: ColumnExpression): Code {
    const { isNull } = this.nullOf(index);
    const at = `c${index}[i]`;
    const isOpen = this.#shapes.get(index)?.open === true;
    const strict = (text: string) =>
      this.writer.strict([{ value: '', isNull }], zeroOf(type, this), { mayBeNull: false }, (v) => `${v} = ${text};`);
    switch (columnKindOf(type)) {
      case 'boolean':
        return strict(`${at} === 1`);
      case 'int64': {
        if (isOpen) return this.#openInteger(index, isNull);
        const wideColumn = this.#shapes.get(index)?.wide === true;
        if (wideColumn) this.requireWide();
        return strict(this.wide && !wideColumn ? `BigInt(${at})` : at);
      }
      case 'string':
        return strict(isOpen ? `R.utf8Text(b${index}, s${index}[i], e${index}[i])` : `c${index}.get(i)`);
      case 'bytes':
        return strict(`b${index}.subarray(s${index}[i], e${index}[i])`);
      default:
        return strict(at);
    }
  }

  /** The narrow value of an unsafe integer is its nearest double, which is unsafe as well. */
  #openInteger(index: number, isNull: string): Code {
    const at = `c${index}[i]`;
    const wide = `w${index} === undefined ? BigInt(${at}) : w${index}[i]`;
    return this.writer.strict([{ value: '', isNull }], this.wide ? '0n' : '0', { mayBeNull: false }, (v) =>
      this.wide ? `${v} = ${wide};` : `${v} = ${at}; ${bailUnlessSafe(v)}`,
    );
  }

  #literal({ value, type }: LiteralExpression): Code {
    if (value === null) return { value: zeroOf(type, this), isNull: 'true' };
    return { value: this.#literalText(value, type), isNull: 'false' };
  }

  #literalText(value: string | number | boolean, type: DataType): string {
    if (isInt64(type)) {
      const integer = parseDecimal(String(value), scaleOf(type)) ?? 0n;
      if (this.wide) return this.writer.constant(integer);
      if (!Number.isSafeInteger(Number(integer))) this.requireWide();
      return `(${JSON.stringify(Number(integer))})`;
    }
    switch (columnKindOf(type)) {
      case 'boolean':
        return value === true ? 'true' : 'false';
      case 'int32':
      case 'float64': {
        const number = type.kind === 'float' ? Math.fround(Number(value)) : Number(value);
        return Number.isFinite(number) ? `(${JSON.stringify(number)})` : this.writer.constant(number);
      }
      case 'bytes':
        return this.writer.constant(new Uint8Array(Buffer.from(String(value), 'base64')));
      default:
        return this.writer.constant(String(value));
    }
  }
}

function emitCall(call: CallExpression, scope: Scope): Code {
  switch (call.name) {
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'is-distinct-from':
    case 'is-not-distinct-from':
      return emitComparison(call, scope);
    case 'and':
    case 'or':
      return emitAndOr(call, scope);
    case 'not':
      return emitNot(call, scope);
    case 'is-null':
    case 'is-not-null':
    case 'is-true':
    case 'is-not-true':
    case 'is-false':
    case 'is-not-false':
      return emitTest(call, scope);
    case 'in':
      return emitIn(call, scope);
    case 'like':
    case 'similar-to':
      return emitTextMatch(call, scope);
    case '+':
    case '-':
    case '*':
    case 'negate':
      return emitArithmetic(call, scope);
    case '/':
    case '%':
      return emitBinary(call, scope);
    case 'abs':
    case 'ceil':
    case 'floor':
    case 'round':
    case 'truncate':
    case 'sign':
      return emitUnary(call, scope);
    case 'coalesce':
      return emitCoalesce(call, scope);
    case 'nullif':
      return emitNullIf(call, scope);
    case 'greatest':
    case 'least':
      return emitExtreme(call, scope);
    case 'concat-ws':
      return emitConcatWs(call, scope);
    case 'datetime-plus':
      return emitDatetimePlus(call, scope);
    case 'datetime-diff-ms':
      return emitDatetimeDiff(call, scope);
    case 'local-time':
    case 'instant':
      return emitInZone(call, scope);
    case 'to-timestamp':
      return emitToTimestamp(call, scope);
    case 'to-timestamp-ltz':
      return emitToTimestampLtz(call, scope);
    case 'date-format':
      return emitDateFormat(call, scope);
    case 'extract':
    case 'date-trunc':
      return emitUnit(call, scope);
    case 'rand':
    case 'rand-integer':
      return emitRandom(call, scope);
    case 'unix-timestamp':
      return emitUnixTimestamp(call, scope);
    case 'current-watermark':
      throw unsupported(
        'CURRENT_WATERMARK in this place: it stands in SELECT and WHERE over one table, so it',
        call.type,
      );
    case 'current-timestamp':
    case 'proctime':
    case 'current-date':
      return emitNow(call);
    default:
      return isValueFunction(call.name)
        ? emitValueFunction(call.name, call, scope)
        : emitLibrary(call.name, call, scope);
  }
}
