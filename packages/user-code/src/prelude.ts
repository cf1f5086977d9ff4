/**
 * Runs inside the sandbox before the body of a function, in the same realm, and gives a function that binds the body to its types. It
 * takes what it needs of the built-ins first, so that a body which changes them harms only itself; the host checks every result again.
 *
 * Arguments come as JSON: numbers that JSON cannot write ('NaN', '-0') and DECIMAL as text, BIGINT as digits, BYTES as one character per
 * byte, MAP as pairs, ROW as an array. In the body they are: BIGINT a BigInt, DECIMAL its digits, DATE, TIMESTAMP and TIMESTAMP_LTZ a
 * Date, or beyond precision 3 its ISO text (`decisions/0077`), TIME ms of day, BYTES a Uint8Array, ARRAY an array, MAP a Map, ROW an object. Results go the same way back.
 * Accumulators are JSON with tags: an array is ["a", ...], what JSON lacks ["n", "NaN"], ["i", "12"], ["d", ms], ["b", bytes],
 * ["m", [k, v], ...], ["s", ...], ["u"]; plain objects stand for themselves.
 */
export const PRELUDE = String.raw`
((limits, deterministic) => {
'use strict';
const { parse, stringify } = JSON;
const { isArray } = Array;
const { isInteger, isSafeInteger, isFinite } = Number;
const { fromEntries, entries, keys, getPrototypeOf, prototype: plain, is, defineProperty: define } = Object;
const { fromCharCode } = String;
const { min } = Math;
const BigInt_ = BigInt, Number_ = Number, String_ = String, Map_ = Map, Set_ = Set, Bytes = Uint8Array, RealDate = Date;
const Make = Function;
const uncurry = (f) => Function.prototype.call.bind(f);
const timeOf = uncurry(RealDate.prototype.getTime);
const mapEntries = uncurry(Map.prototype.entries), setValues = uncurry(Set.prototype.values);
const match = uncurry(RegExp.prototype.test);
const codeAt = uncurry(String.prototype.charCodeAt);
const slice = uncurry(String.prototype.slice);
const push = uncurry(Array.prototype.push);
const DIGITS = /^[+-]?\d+(\.\d+)?$/;
const LINE = /\(?body:(\d+)/;
const exec = uncurry(RegExp.prototype.exec);

// Times are UTC everywhere in the product, and no body learns the zone of a machine.
const zoneless = (text) => typeof text === 'string' && /T\d/.test(text) && !/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text + 'Z' : text;
const noClock = (what) => { throw new TypeError(what + ' differs from run to run: declare the function NOT DETERMINISTIC to use it'); };
function UtcDate(...parts) {
  if (new.target === undefined) return new UtcDate().toISOString();
  if (parts.length === 0 && deterministic) noClock('the clock');
  const given = parts.length > 1 ? [RealDate.UTC(...parts)] : parts.map(zoneless);
  return Reflect.construct(RealDate, given, new.target);
}
UtcDate.prototype = RealDate.prototype;
for (const name of ['UTC', 'parse', 'now']) Object.defineProperty(UtcDate, name, { value: RealDate[name], writable: true, configurable: true });
UtcDate.parse = (text) => RealDate.parse(zoneless(text));
if (deterministic) { UtcDate.now = () => noClock('the clock'); Math.random = () => noClock('Math.random()'); }
RealDate.prototype.constructor = UtcDate;
for (const part of ['FullYear', 'Month', 'Date', 'Hours', 'Minutes', 'Seconds', 'Milliseconds', 'Day']) {
  RealDate.prototype['get' + part] = RealDate.prototype['getUTC' + part];
  if (part !== 'Day') RealDate.prototype['set' + part] = RealDate.prototype['setUTC' + part];
}
RealDate.prototype.getTimezoneOffset = () => 0;
globalThis.Date = UtcDate;

class WrongValue { constructor(message, reason = 'wrong-value') { this.message = message; this.reason = reason; } }
const cut = (text, most) => text.length > most ? slice(text, 0, most) + '…' : text;
const show = (value) => {
  try {
    if (typeof value === 'string') return cut(stringify(value), 60);
    if (typeof value === 'bigint') return value + 'n';
    if (typeof value === 'function') return 'a function';
    if (isArray(value)) return 'an array';
    if (value !== null && typeof value === 'object') return 'an object (' + cut(String_(getPrototypeOf(value)?.constructor?.name ?? 'Object'), 40) + ')';
    return cut(String_(value), 60);
  } catch { return 'a value that cannot be shown'; }
};
const wrong = (value, wanted) => { throw new WrongValue(show(value) + ' is not ' + wanted); };

const textOfBytes = (bytes) => {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) text += fromCharCode.apply(null, bytes.subarray(at, min(bytes.length, at + 4096)));
  return text;
};
const bytesOfText = (text) => {
  const bytes = new Bytes(text.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = codeAt(text, at);
  return bytes;
};
const noDate = (time) => { throw new WrongValue('a time beyond what Date can hold (' + time + ')'); };
const dateOf = (ms) => {
  const date = new RealDate(ms);
  return isFinite(timeOf(date)) ? date : noDate(ms + ' ms');
};

const ISO_TIME = /^[+-]?\d+-/;
const timeText = (text) => match(ISO_TIME, text) ? text : noDate(text + ' ticks');

const decoderOf = (type) => {
  const decode = decodeKind(type);
  return (value) => value === null ? null : decode(value);
};
const decodeKind = (type) => {
  switch (type.kind) {
    case 'bigint': return BigInt_;
    case 'float': case 'double': return (v) => typeof v === 'string' ? Number_(v) : v;
    case 'bytes': return bytesOfText;
    case 'date': return (v) => dateOf(v * 86400000);
    case 'timestamp': case 'timestamp_ltz': return type.precision > 3 ? timeText : dateOf;
    case 'array': { const item = decoderOf(type.element); return (v) => { const out = []; for (let i = 0; i < v.length; i++) push(out, item(v[i])); return out; }; }
    case 'map': { const key = decoderOf(type.key), item = decoderOf(type.value); return (v) => { const out = new Map_(); for (let i = 0; i < v.length; i++) out.set(key(v[i][0]), item(v[i][1])); return out; }; }
    case 'row': {
      const fields = type.fields.map((field) => [field.name, decoderOf(field.type)]);
      return (v) => fromEntries(fields.map(([name, decode], at) => [name, decode(v[at])]));
    }
    default: return (v) => v;
  }
};

// What needs no decoding, and a result that is sure to be right; NULL and all others take the way through the encoder.
const isPlain = ({ kind }) => ['boolean', 'tinyint', 'smallint', 'integer', 'decimal', 'string', 'time', 'interval'].includes(kind);
const fastResult = ({ kind }) => {
  const test = { string: "typeof r === 'string'", boolean: "typeof r === 'boolean'", integer: 'r === (r | 0) && r !== 0', double: "typeof r === 'number' && r - r === 0 && r !== 0" }[kind];
  return test === undefined ? 'encode(r)' : test + ' ? r : encode(r)';
};

const RANGES = { tinyint: 128, smallint: 32768, integer: 2147483648 };
const encoderOf = (type) => {
  const encode = encodeKind(type);
  const { nullable, text } = type;
  return (value) => {
    if (value !== null && value !== undefined) return encode(value);
    if (!nullable) throw new WrongValue('NULL is not ' + text);
    return null;
  };
};
const encodeKind = (type) => {
  const { kind, text } = type;
  switch (kind) {
    case 'boolean': return (v) => typeof v === 'boolean' ? v : wrong(v, text);
    case 'tinyint': case 'smallint': case 'integer': {
      const limit = RANGES[kind];
      return (v) => isInteger(v) && v >= -limit && v < limit ? v + 0 : wrong(v, text);
    }
    case 'bigint': return (v) => {
      if (typeof v === 'bigint') return v >= -9223372036854775808n && v <= 9223372036854775807n ? String_(v) : wrong(v, text);
      return isSafeInteger(v) ? v + 0 : wrong(v, text + ' (a BigInt such as 12n, or a whole number up to 2^53)');
    };
    case 'float': case 'double': return (v) => {
      if (typeof v !== 'number') return wrong(v, text);
      return isFinite(v) && !is(v, -0) ? v : is(v, -0) ? '-0' : String_(v);
    };
    case 'decimal': return (v) => {
      const digits = typeof v === 'bigint' || isSafeInteger(v) ? String_(v) : v;
      if (typeof digits !== 'string' || !match(DIGITS, digits)) return wrong(v, text + ": give its digits as text, such as '12.50' or x.toFixed(" + type.scale + ')');
      return digits;
    };
    case 'string': return (v) => typeof v === 'string' ? v : wrong(v, text);
    case 'bytes': return (v) => v instanceof Bytes ? textOfBytes(v) : wrong(v, text + ' (a Uint8Array)');
    case 'date': return (v) => {
      const ms = v instanceof RealDate ? timeOf(v) : wrong(v, text + ' (a Date)');
      return ms % 86400000 === 0 ? ms / 86400000 : wrong(v, text + ': the Date has a time of day');
    };
    case 'time': return (v) => isInteger(v) && v >= 0 && v < 86400000 ? v + 0 : wrong(v, text + ' (ms of the day)');
    case 'timestamp': case 'timestamp_ltz': {
      const unit = 10 ** (3 - type.precision);
      const isFine = type.precision > 3;
      return (v) => {
        if (isFine && typeof v === 'string') return v;
        const ms = v instanceof RealDate ? timeOf(v) : wrong(v, text + (isFine ? " (a Date, or a text such as '2026-11-24T00:12:31.123456')" : ' (a Date)'));
        if (!isFinite(ms)) return wrong(v, text + ': the Date is invalid');
        return isFine || ms % unit === 0 ? ms : wrong(v, text + ': the Date has more digits of a second');
      };
    }
    case 'array': { const item = encoderOf(type.element); return (v) => {
      if (!isArray(v)) return wrong(v, text);
      const out = []; for (let i = 0; i < v.length; i++) push(out, item(v[i])); return out;
    }; }
    case 'map': { const key = encoderOf(type.key), item = encoderOf(type.value); return (v) => {
      const out = [];
      if (v instanceof Map_) for (const [k, x] of mapEntries(v)) push(out, [key(k), item(x)]);
      else if (type.key.kind === 'string' && typeof v === 'object' && !isArray(v)) for (const [k, x] of entries(v)) push(out, [key(k), item(x)]);
      else return wrong(v, text + ' (a Map)');
      return out;
    }; }
    case 'row': {
      const fields = type.fields.map((field) => ({ name: field.name, encode: encoderOf(field.type) }));
      const names = new Set_(fields.map(({ name }) => name));
      return (v) => {
        if (typeof v !== 'object') return wrong(v, text + ': give an object by column, or an array in their order');
        const out = [];
        if (isArray(v)) {
          if (v.length !== fields.length) throw new WrongValue('an array of ' + v.length + ' values is not ' + text);
          for (let i = 0; i < fields.length; i++) push(out, of(fields[i], v[i]));
          return out;
        }
        for (const name of keys(v)) if (!names.has(name)) throw new WrongValue(show(name) + ' is no column of ' + text);
        for (const field of fields) push(out, of(field, v[field.name]));
        return out;
      };
    }
    case 'interval': {
      const isMonths = type.unit === 'months';
      const wanted = text + (isMonths ? ' (a number of months)' : ' (a number of milliseconds)');
      return (v) => isSafeInteger(v) && (!isMonths || v === (v | 0)) ? v + 0 : wrong(v, wanted);
    }
    default: return (v) => isSafeInteger(v) ? v : wrong(v, text);
  }
};
const of = ({ name, encode }, value) => {
  try { return encode(value); }
  catch (error) { throw error instanceof WrongValue ? new WrongValue(name + ': ' + error.message) : error; }
};

const freeze = (value, depth) => {
  if (depth > 100) throw new WrongValue('the accumulator nests more than 100 levels, or holds itself');
  switch (typeof value) {
    case 'string': case 'boolean': return value;
    case 'number': return isFinite(value) && !is(value, -0) ? value : ['n', is(value, -0) ? '-0' : String_(value)];
    case 'bigint': return ['i', String_(value)];
    case 'undefined': return ['u'];
    case 'object': break;
    default: throw new WrongValue('the accumulator holds ' + show(value) + ': keep plain data in it');
  }
  if (value === null) return null;
  if (isArray(value)) { const out = ['a']; for (let i = 0; i < value.length; i++) push(out, freeze(value[i], depth + 1)); return out; }
  if (value instanceof RealDate) return ['d', timeOf(value)];
  if (value instanceof Bytes) return ['b', textOfBytes(value)];
  if (value instanceof Map_) { const out = ['m']; for (const [k, v] of mapEntries(value)) push(out, [freeze(k, depth + 1), freeze(v, depth + 1)]); return out; }
  if (value instanceof Set_) { const out = ['s']; for (const v of setValues(value)) push(out, freeze(v, depth + 1)); return out; }
  const proto = getPrototypeOf(value);
  if (proto !== plain && proto !== null) throw new WrongValue('the accumulator holds ' + show(value) + ': keep plain data in it');
  const out = [];
  for (const [k, v] of entries(value)) push(out, [k, freeze(v, depth + 1)]);
  return fromEntries(out);
};
const thaw = (value) => {
  if (typeof value !== 'object' || value === null) return value;
  if (!isArray(value)) { const out = []; for (const [k, v] of entries(value)) push(out, [k, thaw(v)]); return fromEntries(out); }
  const out = [];
  switch (value[0]) {
    case 'a': for (let i = 1; i < value.length; i++) push(out, thaw(value[i])); return out;
    case 'n': return Number_(value[1]);
    case 'i': return BigInt_(value[1]);
    case 'd': return new RealDate(value[1]);
    case 'b': return bytesOfText(value[1]);
    case 'm': for (let i = 1; i < value.length; i++) push(out, [thaw(value[i][0]), thaw(value[i][1])]); return new Map_(out);
    case 's': for (let i = 1; i < value.length; i++) push(out, thaw(value[i])); return new Set_(out);
    default: return undefined;
  }
};

// What freeze and thaw make of a value, without the text in between.
const copy = (value, depth) => {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function' || typeof value === 'symbol') throw new WrongValue('the accumulator holds ' + show(value) + ': keep plain data in it');
    return value;
  }
  if (depth > 100) throw new WrongValue('the accumulator nests more than 100 levels, or holds itself');
  if (isArray(value)) { const out = []; for (let i = 0; i < value.length; i++) push(out, copy(value[i], depth + 1)); return out; }
  const proto = getPrototypeOf(value);
  if (proto === plain || proto === null) {
    const names = keys(value), out = {};
    for (let i = 0; i < names.length; i++) define(out, names[i], { value: copy(value[names[i]], depth + 1), writable: true, enumerable: true, configurable: true });
    return out;
  }
  if (value instanceof RealDate) return new RealDate(timeOf(value));
  if (value instanceof Bytes) return new Bytes(value);
  if (value instanceof Map_) { const out = []; for (const [k, v] of mapEntries(value)) push(out, [copy(k, depth + 1), copy(v, depth + 1)]); return new Map_(out); }
  if (value instanceof Set_) { const out = []; for (const v of setValues(value)) push(out, copy(v, depth + 1)); return new Set_(out); }
  throw new WrongValue('the accumulator holds ' + show(value) + ': keep plain data in it');
};

const lineOf = (error) => {
  try { const found = exec(LINE, String_(error.stack)); return found === null ? undefined : Number_(found[1]); } catch { return undefined; }
};
const describe = (error) => {
  try { return cut(error instanceof Error ? String_(error.name) + ': ' + String_(error.message) : 'threw ' + show(error), 400); }
  catch { return 'threw a value that cannot be shown'; }
};
const at = { row: -1 };
const failureOf = (error) => {
  if (error instanceof WrongValue) return { reason: error.reason, message: error.message, row: at.row };
  const message = describe(error);
  const reason = message === 'InternalError: out of memory' ? 'out-of-memory' : 'threw';
  return { reason, message, row: at.row, line: lineOf(error) };
};
const bounded = (result) => {
  const text = stringify(result);
  if (text.length > limits.resultChars) throw new WrongValue('the results of ' + limits.rowsPerCall + ' rows take more than ' + limits.resultChars / 1048576 + ' MB', 'too-much');
  return text;
};

return {
  currentRow: () => at.row,
  describe: (error) => stringify(failureOf(error)),
  bind: (spec, exports) => {
    const { kind, parameters, returns } = parse(spec);
    const decoders = parameters.map((type) => decoderOf(type));
    const encode = encoderOf(returns);
    const one = exports.default;
    // Loops written out for the types: texts are made of type kinds and numbers alone.
    const arguments_ = parameters.map((type, at) => isPlain(type) ? 'c' + at + '[i]' : '(c' + at + '[i] === null ? null : d' + at + '(c' + at + '[i]))').join(', ');
    const names = parameters.map((_, at) => 'd' + at);
    const opening = parameters.map((_, at) => 'const c' + at + ' = columns[' + at + '];').join(' ');
    const loop = (params, before, body, after) => Make('at', 'encode', ...params, ...names,
      "'use strict'; return ({ columns, slots, height }" + before + ') => { ' + opening + ' const out = []; for (let i = 0; i < height; i++) { at.row = i; ' + body + ' } ' + after + ' };');
    const argumentsAt = Make(...names, "'use strict'; return (columns, i) => { " + opening + ' return [' + arguments_ + ']; };')(...decoders);
    const scalar = loop(['one'], '', 'const r = one(' + arguments_ + '); out[i] = ' + fastResult(returns) + ';', 'return out;')(at, encode, one, ...decoders);
    const table = ({ columns, height }) => {
      const out = [];
      for (at.row = 0; at.row < height; at.row++) {
        const rows = [];
        const given = one(...argumentsAt(columns, at.row));
        if (typeof given !== 'object' || given === null || typeof given[Symbol.iterator] !== 'function') wrong(given, 'a sequence of rows: yield each row');
        for (const each of given) {
          if (rows.length >= limits.yieldedRows) throw new WrongValue('more than ' + limits.yieldedRows + ' rows for one row', 'too-much');
          push(rows, encode(each));
        }
        push(out, rows);
      }
      return out;
    };
    const create = () => {
      const made = exports.createAccumulator();
      if (typeof made !== 'object' || made === null) throw new WrongValue('createAccumulator() gave ' + show(made) + ', not an object that rows can be added to');
      return made;
    };
    const closed = (value) => {
      const text = stringify(freeze(value, 0));
      if (text.length > limits.accumulatorChars) throw new WrongValue('an accumulator takes more than ' + limits.accumulatorChars / 1048576 + ' MB: keep less of each row', 'too-much');
      return text;
    };
    // By id. A new one is copied, so that no two share what a body made once.
    const live = [];
    const opened = (held) => held === null ? thaw(parse(closed(create()))) : thaw(held);
    const hold = ({ ids, held }) => {
      for (let i = 0; i < ids.length; i++) live[ids[i]] = opened(held[i]);
      return [];
    };
    const accumulate = (method) => {
      const step = loop(['method'], ', held', 'method(held[slots[i]]' + (arguments_ === '' ? '' : ', ' + arguments_) + ');', '')(at, encode, method, ...decoders);
      return (given) => {
        step(given, live);
        return [];
      };
    };
    // Bodies are given copies of what they only read: an accumulator changes by accumulate, retract and merge alone.
    const merge = ({ into, from }) => {
      for (let i = 0; i < from.length; i++) exports.merge(live[into[i]], copy(live[from[i]], 0));
      return [];
    };
    const results = ({ ids }) => {
      const out = [];
      for (let i = 0; i < ids.length; i++) push(out, encode(exports.getValue(copy(live[ids[i]], 0))));
      return out;
    };
    const give = ({ ids }) => {
      const out = [];
      for (let i = 0; i < ids.length; i++) push(out, closed(live[ids[i]]));
      return out;
    };
    const drop = ({ ids }) => {
      for (let i = 0; i < ids.length; i++) live[ids[i]] = undefined;
      return [];
    };
    const operations = {
      call: kind === 'table' ? table : scalar,
      add: accumulate(exports.accumulate),
      retract: accumulate(exports.retract),
      hold,
      merge,
      results,
      give,
      drop,
    };
    return (operation, payload) => {
      at.row = -1;
      try { return bounded(operations[operation](parse(payload))); }
      catch (error) { return '!' + stringify(failureOf(error)); }
    };
  },
};
})
`;
