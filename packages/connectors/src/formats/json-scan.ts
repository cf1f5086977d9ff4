/**
 * Walking JSON (RFC 8259) in bytes without building anything. Every function takes a position and returns
 * the position after what it skipped, or -1 - offset of the byte that is wrong.
 */
const DEPTH_MAX = 64;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at];
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) break;
    at++;
  }
  return at;
}

/** Any value, `start` at its first byte. */
export function skipValue(bytes: Uint8Array, start: number, end: number, depth = 0): number {
  if (start >= end) return -1 - start;
  switch (bytes[start]) {
    case 34:
      return skipString(bytes, start, end);
    case 123:
      return depth < DEPTH_MAX ? skipObject(bytes, start, end, depth + 1) : -1 - start;
    case 91:
      return depth < DEPTH_MAX ? skipArray(bytes, start, end, depth + 1) : -1 - start;
    case 116:
      return skipWord(bytes, start, end, TRUE);
    case 102:
      return skipWord(bytes, start, end, FALSE);
    case 110:
      return skipWord(bytes, start, end, NULL);
    default:
      return skipNumber(bytes, start, end);
  }
}

const TRUE = encoder.encode('true');
const FALSE = encoder.encode('false');
const NULL = encoder.encode('null');

function skipWord(bytes: Uint8Array, start: number, end: number, word: Uint8Array): number {
  if (start + word.length > end) return -1 - end;
  for (let index = 0; index < word.length; index++) {
    if (bytes[start + index] !== word[index]) return -1 - (start + index);
  }
  return start + word.length;
}

/** `-? int frac? exp?` with no superfluous leading zero. */
function skipNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  if (bytes[at] === 45) at++;
  const whole = at;
  at = skipDigits(bytes, at, end);
  if (at === whole || (bytes[whole] === 48 && at > whole + 1)) return -1 - whole;
  if (at < end && bytes[at] === 46) {
    const fraction = at + 1;
    at = skipDigits(bytes, fraction, end);
    if (at === fraction) return -1 - at;
  }
  if (at < end && (bytes[at] === 101 || bytes[at] === 69)) {
    at++;
    if (at < end && (bytes[at] === 43 || bytes[at] === 45)) at++;
    const exponent = at;
    at = skipDigits(bytes, exponent, end);
    if (at === exponent) return -1 - at;
  }
  return at;
}

function skipDigits(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at] ?? 0;
    if (byte < 48 || byte > 57) break;
    at++;
  }
  return at;
}

/** `start` at the opening quote. Escapes are checked, UTF-8 is not. */
export function skipString(bytes: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  while (at < end) {
    const byte = bytes[at] ?? 0;
    if (byte === 34) return at + 1;
    if (byte < 32) return -1 - at;
    if (byte === 92) {
      at = skipEscape(bytes, at, end);
      if (at < 0) return at;
    } else at++;
  }
  return -1 - end;
}

export function skipEscape(bytes: Uint8Array, start: number, end: number): number {
  const byte = bytes[start + 1];
  if (start + 1 >= end) return -1 - end;
  if (byte !== 117) return byte !== undefined && ESCAPES.has(byte) ? start + 2 : -1 - (start + 1);
  if (start + 6 > end) return -1 - end;
  for (let at = start + 2; at < start + 6; at++) if (hexOf(bytes[at] ?? 0) < 0) return -1 - at;
  return start + 6;
}

const ESCAPES = new Map<number, number>([
  [34, 34],
  [92, 92],
  [47, 47],
  [98, 8],
  [102, 12],
  [110, 10],
  [114, 13],
  [116, 9],
]);

function hexOf(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

function skipObject(bytes: Uint8Array, start: number, end: number, depth: number): number {
  let at = skipSpace(bytes, start + 1, end);
  if (bytes[at] === 125 && at < end) return at + 1;
  while (at < end) {
    if (bytes[at] !== 34) return -1 - at;
    at = skipString(bytes, at, end);
    if (at < 0) return at;
    at = skipSpace(bytes, at, end);
    if (at >= end || bytes[at] !== 58) return -1 - at;
    at = skipValue(bytes, skipSpace(bytes, at + 1, end), end, depth);
    if (at < 0) return at;
    at = skipSpace(bytes, at, end);
    if (at < end && bytes[at] === 125) return at + 1;
    if (at >= end || bytes[at] !== 44) return -1 - at;
    at = skipSpace(bytes, at + 1, end);
  }
  return -1 - end;
}

function skipArray(bytes: Uint8Array, start: number, end: number, depth: number): number {
  let at = skipSpace(bytes, start + 1, end);
  if (bytes[at] === 93 && at < end) return at + 1;
  while (at < end) {
    at = skipValue(bytes, at, end, depth);
    if (at < 0) return at;
    at = skipSpace(bytes, at, end);
    if (at < end && bytes[at] === 93) return at + 1;
    if (at >= end || bytes[at] !== 44) return -1 - at;
    at = skipSpace(bytes, at + 1, end);
  }
  return -1 - end;
}

/** The content of a checked string (between its quotes) as UTF-8. Lone surrogates become U+FFFD. Undefined when it is not UTF-8. */
export function unescapeString(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  let text = '';
  let plain = start;
  try {
    for (let at = start; at < end; ) {
      if (bytes[at] !== 92) {
        at++;
        continue;
      }
      text += decoder.decode(bytes.subarray(plain, at));
      const byte = bytes[at + 1] ?? 0;
      if (byte === 117) {
        let unit = 0;
        for (let digit = at + 2; digit < at + 6; digit++) unit = unit * 16 + hexOf(bytes[digit] ?? 0);
        text += String.fromCharCode(unit);
        at += 6;
      } else {
        text += String.fromCharCode(ESCAPES.get(byte) ?? 0);
        at += 2;
      }
      plain = at;
    }
    text += decoder.decode(bytes.subarray(plain, end));
  } catch {
    // The decoder is fatal: the bytes are not UTF-8, and the caller says so.
    return undefined;
  }
  return encoder.encode(text);
}
