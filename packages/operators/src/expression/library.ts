import { type DataType, isFineTimestamp } from '@millrace/model';
import type { CallExpression, Expression, ScalarFunction } from '@millrace/plan';
import { likeMatcher } from '../function/like.ts';
import { similarMatcher } from '../function/similar.ts';
import type { Code } from './code-writer.ts';
import type { Runtime } from './runtime.ts';
import { asEpochMs, bailUnlessSafe, isInt32, isInt64, type Scope, unsupported, zeroOf } from './scope.ts';

/** A function of the runtime called with plain values: numbers as doubles, the rest as it is. */
interface LibraryFunction {
  readonly name: keyof Runtime;
  /** It may return undefined, which is NULL. */
  readonly mayBeNull?: boolean;
}

const LIBRARY = {
  power: { name: 'power' },
  sqrt: { name: 'sqrt' },
  exp: { name: 'exp' },
  ln: { name: 'ln' },
  log10: { name: 'log10' },
  'similar-regexp': { name: 'regexpMatches' },
  concat: { name: 'concat' },
  upper: { name: 'upper' },
  lower: { name: 'lower' },
  'char-length': { name: 'charLength' },
  trim: { name: 'trim' },
  ltrim: { name: 'ltrim' },
  rtrim: { name: 'rtrim' },
  substring: { name: 'substring', mayBeNull: true },
  position: { name: 'position' },
  instr: { name: 'instr', mayBeNull: true },
  replace: { name: 'replace' },
  left: { name: 'left' },
  right: { name: 'right' },
  lpad: { name: 'lpad', mayBeNull: true },
  rpad: { name: 'rpad', mayBeNull: true },
  repeat: { name: 'repeat' },
  reverse: { name: 'reverse' },
  initcap: { name: 'initcap' },
  'split-index': { name: 'splitIndex', mayBeNull: true },
  'regexp-replace': { name: 'regexpReplace' },
  'regexp-extract': { name: 'regexpExtract', mayBeNull: true },
  md5: { name: 'md5' },
  sha256: { name: 'sha256' },
  'json-value': { name: 'jsonValue', mayBeNull: true },
  'json-exists': { name: 'jsonExists' },
  'datetime-diff-months': { name: 'monthsBetween' },
  'from-unixtime': { name: 'fromUnixtime' },
  'to-date': { name: 'toDate', mayBeNull: true },
  log2: { name: 'log2' },
  sin: { name: 'sin' },
  cos: { name: 'cos' },
  tan: { name: 'tan' },
  cot: { name: 'cot' },
  sinh: { name: 'sinh' },
  cosh: { name: 'cosh' },
  tanh: { name: 'tanh' },
  asin: { name: 'asin' },
  acos: { name: 'acos' },
  atan: { name: 'atan' },
  atan2: { name: 'atan2' },
  degrees: { name: 'degrees' },
  radians: { name: 'radians' },
  uuid: { name: 'uuid' },
  overlay: { name: 'overlay' },
  translate: { name: 'translate' },
  'regexp-count': { name: 'regexpCount' },
  'regexp-instr': { name: 'regexpPosition' },
  'to-base64': { name: 'toBase64' },
  'from-base64': { name: 'fromBase64' },
  ascii: { name: 'ascii' },
  chr: { name: 'chr' },
  encode: { name: 'encodeCharset' },
  decode: { name: 'decodeCharset' },
  'url-encode': { name: 'urlEncode' },
  'url-decode': { name: 'urlDecode', mayBeNull: true },
  'parse-url': { name: 'parseUrl', mayBeNull: true },
  elt: { name: 'elt', mayBeNull: true },
  'starts-with': { name: 'startsWith' },
  'ends-with': { name: 'endsWith' },
  'is-alpha': { name: 'isAlpha' },
  'is-decimal': { name: 'isDecimal' },
  'is-digit': { name: 'isDigit' },
  sha1: { name: 'sha1' },
  sha224: { name: 'sha224' },
  sha384: { name: 'sha384' },
  sha512: { name: 'sha512' },
  'json-outcome': { name: 'jsonOutcome' },
  'json-fail': { name: 'jsonFail' },
  'is-json': { name: 'isJson' },
  'json-query': { name: 'jsonQuery', mayBeNull: true },
  'json-text': { name: 'jsonText' },
  'json-quote': { name: 'jsonQuote' },
  'json-unquote': { name: 'jsonUnquote' },
} as const satisfies Partial<Record<ScalarFunction, LibraryFunction>>;

/** The compiler names here every function of the catalogue that nobody else emits. */
export type LibraryName = keyof typeof LIBRARY;

/** Functions whose work is a call per row. NULL when any argument is. */
export function emitLibrary(name: LibraryName, call: CallExpression, scope: Scope): Code {
  const entry: LibraryFunction = LIBRARY[name];
  const args = call.args.map((arg) => ({ code: scope.emit(arg), type: arg.type }));
  const values = args.map(({ code, type }) => asEpochMs(code.value, type, scope));
  return result(
    call,
    args.map(({ code }) => code),
    `R.${entry.name}(${values.join(', ')})`,
    scope,
    entry.mayBeNull === true,
  );
}

/** LIKE and SIMILAR TO: a constant pattern is compiled once; else the matcher is looked up per row. */
export function emitTextMatch(call: CallExpression, scope: Scope): Code {
  const [text, pattern, escapeArg] = call.args;
  if (text === undefined || pattern === undefined) throw unsupported(call.name, call.type);
  const escapeText = escapeArg === undefined ? '' : literalText(escapeArg);
  const patternText = literalText(pattern);
  const [, prefix] = /^([^%_]*)%$/.exec(patternText ?? '') ?? [];
  const slices = text.kind === 'column' && text.type.kind === 'string' ? scope.slices(text.index) : undefined;
  if (text.kind === 'column' && slices !== undefined && prefix !== undefined && escapeArg === undefined) {
    const expected = scope.writer.constant(new TextEncoder().encode(prefix));
    const { bytes, starts, ends } = slices;
    const test = `R.sliceStartsWith(${bytes}, ${starts}[i], ${ends}[i], ${expected})`;
    return result(call, [scope.nullOf(text.index)], test, scope, false);
  }
  const value = scope.emit(text);
  const isLike = call.name === 'like';
  if (patternText !== undefined && escapeText !== undefined) {
    const matcher = scope.writer.constant((isLike ? likeMatcher : similarMatcher)(patternText, escapeText));
    return result(call, [value], `${matcher}(${value.value})`, scope, false);
  }
  const codes = [value, ...call.args.slice(1).map((arg) => scope.emit(arg))];
  const [, ...rest] = codes.map((code) => code.value);
  const find = isLike ? 'R.likeMatcher' : 'R.similarMatcher';
  return result(call, codes, `${find}(${rest.join(', ')})(${value.value})`, scope, false);
}

/** Skips NULL arguments; NULL only when the separator is. */
export function emitConcatWs(call: CallExpression, scope: Scope): Code {
  const [separator, ...parts] = call.args.map((arg) => scope.emit(arg));
  if (separator === undefined) throw unsupported(call.name, call.type);
  const items = parts.map(({ value, isNull }) => (isNull === 'false' ? value : `(${isNull}) ? undefined : ${value}`));
  return result(call, [separator], `R.concatWs(${[separator.value, ...items].join(', ')})`, scope, false);
}

/** NULL when an argument is, or, if it may be, when `raw` is undefined. */
export function result(
  call: CallExpression,
  args: readonly Code[],
  raw: string,
  scope: Scope,
  mayBeNull: boolean,
): Code {
  const { type } = call;
  return scope.writer.strict(args, zeroOf(type, scope), { mayBeNull }, (v, isNull) => {
    if (!mayBeNull) return `${v} = ${stored(raw, type, scope)}; ${check(v, type, scope)}`;
    const found = scope.writer.fresh();
    const assigned = `${v} = ${stored(found, type, scope)}; ${check(v, type, scope)}`;
    return `const ${found} = ${raw}; if (${found} === undefined) ${isNull} = true; else { ${assigned} }`;
  });
}

function stored(raw: string, type: DataType, scope: Scope): string {
  if (type.kind === 'decimal' || isFineTimestamp(type)) throw unsupported('a library function', type);
  if (isInt64(type)) return scope.wide ? `BigInt(${raw})` : raw;
  if (isInt32(type)) return `(${raw}) | 0`;
  return type.kind === 'float' ? `Math.fround(${raw})` : raw;
}

function check(value: string, type: DataType, scope: Scope): string {
  return isInt64(type) && !scope.wide ? bailUnlessSafe(value) : '';
}

export function literalText(expression: Expression): string | undefined {
  return expression.kind === 'literal' && typeof expression.value === 'string' ? expression.value : undefined;
}
