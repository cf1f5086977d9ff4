import type { Report } from './diagnostic.ts';
import type { Token } from './token.ts';

const SYMBOLS = ['<>', '!=', '<=', '>=', '||', '=>', ...'()[]{},;.+-*/%=<>?|:'];
const PLAIN_WORD = /[A-Za-z_][A-Za-z0-9_$]*/y;
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const DOLLAR_TAG = /\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;

/** Text to tokens, an `end` token last. A character without meaning becomes a symbol that no rule of the grammar takes. */
export function tokenize(text: string, report: Report): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const next = skipBlank(text, at, tokens, report);
    if (next > at) {
      at = next;
      continue;
    }
    const token = readToken(text, at, report);
    tokens.push(token);
    at = token.to;
  }
  tokens.push({ kind: 'end', text: '', word: '', from: text.length, to: text.length });
  return tokens;
}

/** White space and comments. Most tokens begin with neither, which one character tells. */
function skipBlank(text: string, at: number, tokens: Token[], report: Report): number {
  const first = text.charCodeAt(at);
  if (first <= 32 || first === 0xa0 || first === 0xfeff || first === 0x3000) return at + 1;
  if (first === DASH && text.charCodeAt(at + 1) === DASH) return skipLineComment(text, at);
  if (first === SLASH && text.charCodeAt(at + 1) === STAR) return skipComment(text, at, tokens, report);
  return at;
}

const [DASH, SLASH, STAR] = [45, 47, 42];

function skipLineComment(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** A hint comment (slash star plus) becomes a token, with all that is inside for its text; one without an end takes its line. */
function skipComment(text: string, at: number, tokens: Token[], report: Report): number {
  const end = text.indexOf('*/', at + 2);
  if (end < 0) {
    const fix = { title: 'Close the comment', insert: ' */', from: text.length, to: text.length };
    report.error('sql.syntax', { from: at, to: at + 2 }, 'The comment has no end: add */.', fix);
    if (text[at + 2] !== '+') return text.length;
    const line = text.indexOf('\n', at);
    const to = line < 0 ? text.length : line;
    tokens.push({ kind: 'hint', text: text.slice(at + 3, to), word: '', from: at, to });
    return to;
  }
  if (text[at + 2] === '+') {
    tokens.push({ kind: 'hint', text: text.slice(at + 3, end), word: '', from: at, to: end + 2 });
  }
  return end + 2;
}

function readToken(text: string, at: number, report: Report): Token {
  const first = text[at] ?? '';
  if (first === "'") return readQuoted(text, at, at, "'", 'string', report);
  if ((first === 'x' || first === 'X') && text[at + 1] === "'") {
    return readQuoted(text, at, at + 1, "'", 'bytes', report);
  }
  if ((first === 'u' || first === 'U') && text.startsWith("&'", at + 1)) return readUnicode(text, at, report);
  if (first === '`') return readQuoted(text, at, at, '`', 'quoted', report);
  if (first === '"') return refuseDoubleQuotes(text, at, report);
  const tag = first === '$' ? match(DOLLAR_TAG, text, at) : undefined;
  if (tag !== undefined) return readDollarQuoted(text, at, tag, report);
  const word = matchWord(text, at);
  if (word !== undefined) return { kind: 'word', text: word, word: word.toUpperCase(), from: at, to: at + word.length };
  const number = match(NUMBER, text, at);
  if (number !== undefined) return { kind: 'number', text: number, word: '', from: at, to: at + number.length };
  const known = SYMBOLS.find((candidate) => text.startsWith(candidate, at));
  const symbol = known ?? String.fromCodePoint(text.codePointAt(at) ?? 0);
  return { kind: 'symbol', text: symbol, word: symbol, from: at, to: at + symbol.length };
}

function readQuoted(
  text: string,
  from: number,
  open: number,
  quote: "'" | '`',
  kind: 'string' | 'bytes' | 'quoted',
  report: Report,
): Token {
  let value = '';
  let at = open + 1;
  for (;;) {
    const end = text.indexOf(quote, at);
    if (end < 0) return unterminated(text, from, open, quote, kind, report);
    value += text.slice(at, end);
    if (text[end + 1] !== quote) return { kind, text: value, word: '', from, to: end + 1 };
    value += quote;
    at = end + 2;
  }
}

const UESCAPE = /\s*UESCAPE\s*'([^']*)'/iy;

/** U&'text' [UESCAPE 'c']: the escape character (a backslash unless said) before four hexadecimal digits is a character, before itself it is itself. */
function readUnicode(text: string, from: number, report: Report): Token {
  const written = readQuoted(text, from, from + 2, "'", 'string', report);
  UESCAPE.lastIndex = written.to;
  const clause = UESCAPE.exec(text);
  const marker = clause?.[1] ?? '\\';
  const to = written.to + (clause?.[0].length ?? 0);
  if (marker.length !== 1 || /[0-9a-f+"'\s]/i.test(marker)) {
    const at = { from: to - marker.length - 2, to };
    report.error(
      'sql.syntax',
      at,
      'UESCAPE takes one character that is no digit, letter a to f, blank, plus or quote.',
    );
    return { ...written, to };
  }
  let value = '';
  for (let at = 0; at < written.text.length; at++) {
    const char = written.text[at] ?? '';
    const code = char === marker ? written.text.slice(at + 1, at + 5) : '';
    if (char !== marker) value += char;
    else if (code.startsWith(marker)) {
      value += marker;
      at++;
    } else if (/^[0-9a-f]{4}$/i.test(code)) {
      value += String.fromCharCode(Number.parseInt(code, 16));
      at += 4;
    } else {
      const message = `${marker} stands before four hexadecimal digits, such as ${marker}00F6, or twice for itself.`;
      report.error('sql.syntax', { from, to: written.to }, message);
      break;
    }
  }
  return { ...written, text: value, to };
}

/** $$ text $$ or $tag$ text $tag$, as PostgreSQL and others write what holds quotes itself: nothing inside has a meaning. */
function readDollarQuoted(text: string, from: number, tag: string, report: Report): Token {
  const begin = from + tag.length;
  const end = text.indexOf(tag, begin);
  if (end >= 0) return { kind: 'string', text: text.slice(begin, end), word: '', from, to: end + tag.length };
  const fix = { title: `Add ${tag}`, insert: `\n${tag}`, from: text.length, to: text.length };
  report.error('sql.syntax', { from, to: begin }, `The text has no end: add the closing ${tag}.`, fix);
  return { kind: 'string', text: text.slice(begin), word: '', from, to: text.length };
}

/** An unclosed quote would swallow the rest of the script: it is taken to end with its line. */
function unterminated(
  text: string,
  from: number,
  open: number,
  quote: string,
  kind: 'string' | 'bytes' | 'quoted',
  report: Report,
): Token {
  const newline = text.indexOf('\n', open);
  const to = newline < 0 ? text.length : newline;
  const what = kind === 'quoted' ? 'quoted name' : 'string';
  const fix = { title: `Add ${quote}`, insert: quote, from: to, to };
  report.error('sql.syntax', { from, to }, `The ${what} has no end: add the closing ${quote}.`, fix);
  return { kind, text: text.slice(open + 1, to), word: '', from, to };
}

function refuseDoubleQuotes(text: string, at: number, report: Report): Token {
  const close = text.indexOf('"', at + 1);
  const newline = text.indexOf('\n', at);
  const lineEnd = newline < 0 ? text.length : newline;
  const closed = close >= 0 && close < lineEnd;
  const to = closed ? close + 1 : lineEnd;
  const inside = text.slice(at + 1, closed ? close : lineEnd);
  const isName = /^\w+$/.test(inside);
  const insert = isName ? `\`${inside}\`` : `'${inside.replaceAll("'", "''")}'`;
  report.error(
    'sql.syntax',
    { from: at, to },
    "Double quotes mean nothing in Flink SQL: write 'text' for a string or `name` for a name.",
    { title: `Change to ${insert}`, insert, from: at, to },
  );
  return { kind: isName ? 'quoted' : 'string', text: inside, word: '', from: at, to };
}

/** Most words are ASCII, where the plain pattern is several times faster. */
function matchWord(text: string, at: number): string | undefined {
  const plain = match(PLAIN_WORD, text, at);
  const next = plain === undefined ? at : at + plain.length;
  return text.charCodeAt(next) > 127 ? match(WORD, text, at) : plain;
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
