import { literalText, type PatternText } from './pattern-text.ts';

const BREAKS = '\\n\\v\\f\\r\\u0085\\u2028\\u2029';
const BLANKS = ' \\t\\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000';
const SPACES = ' \\t\\n\\v\\f\\r';

/** What a letter behind a backslash means; those that are places stand outside of classes only. */
const LETTERS: Readonly<Record<string, string>> = {
  d: '\\d', D: '\\D', w: '\\w', W: '\\W', b: '\\b', B: '\\B', t: '\\t', n: '\\n', r: '\\r', f: '\\f', a: '\\x07', e: '\\x1b',
  s: `[${SPACES}]`, S: `[^${SPACES}]`, h: `[${BLANKS}]`, H: `[^${BLANKS}]`, v: `[${BREAKS}]`, V: `[^${BREAKS}]`,
  R: `(?:\\r\\n|[${BREAKS}])`, A: '(?<![\\s\\S])', z: '(?![\\s\\S])', Z: `(?=(?:\\r\\n|[\\n\\r\\u0085\\u2028\\u2029])?(?![\\s\\S]))`,
}; // biome-ignore format: a table

/** POSIX classes, of ASCII as in Java, and the classes of java.lang.Character. */
const CLASSES: Readonly<Record<string, string>> = {
  Lower: 'a-z', Upper: 'A-Z', ASCII: '\\0-\\x7f', Alpha: 'a-zA-Z', Digit: '0-9', Alnum: 'a-zA-Z0-9', XDigit: '0-9a-fA-F',
  Punct: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e', Graph: '\\x21-\\x7e', Print: '\\x20-\\x7e', Blank: ' \\t', Cntrl: '\\0-\\x1f\\x7f', Space: SPACES,
  javaLowerCase: '\\p{Lowercase}', javaUpperCase: '\\p{Uppercase}', javaAlphabetic: '\\p{Alphabetic}', javaDigit: '\\p{Nd}',
  javaLetter: '\\p{L}', javaLetterOrDigit: '\\p{L}\\p{Nd}', javaWhitespace: '\\s',
}; // biome-ignore format: a table

/** A backslash and what belongs to it, wherever it stands. */
export function escapeAt(text: PatternText): string {
  text.accept('\\');
  const code = text.match(/x[0-9a-fA-F]{2}|x\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|0[0-3]?[0-7]{1,2}|c[\s\S]/y);
  if (code !== undefined) return literalText(characterOf(code, text));
  const property = text.match(/[pP](?:\{\^?[\w=]+\}|[A-Z])/y);
  if (property !== undefined) return propertyOf(property, text);
  const reference = text.match(/k<[A-Za-z][A-Za-z0-9]*>/y) ?? text.match(/[1-9]/y);
  if (reference !== undefined) return `(?:\\${reference})`;
  const { char } = text;
  if (char === '') text.fail('it ends in a \\');
  const known = LETTERS[char];
  if (known === undefined && /[a-zA-Z]/.test(char)) text.fail(`\\${char} is not known here`);
  const literal = text.literal();
  return known ?? literal;
}

function characterOf(code: string, text: PatternText): string {
  if (code.startsWith('c')) return String.fromCharCode(code.charCodeAt(1) ^ 64);
  const digits = code.replace(/[xu{}]/g, '');
  const point = Number.parseInt(digits, code.startsWith('0') ? 8 : 16);
  return point > 0x10ffff ? text.fail(`\\${code} is no character`) : String.fromCodePoint(point);
}

/** \p{Alpha}, \p{L}, \pL, \p{IsGreek}, \p{IsAlphabetic}, \p{script=Greek}, \p{general_category=Lu}. */
function propertyOf(written: string, text: PatternText): string {
  const isNot = written.startsWith('P');
  const name = written.replace(/^[pP]\{?|\}$/g, '');
  const own = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  if (own !== undefined) return `[${isNot ? '^' : ''}${own}]`;
  const [key, value] = name.includes('=') ? name.split('=') : [undefined, name.replace(/^Is/, '')];
  const candidates =
    key === undefined ? [value, `Script=${value}`] : [`${PROPERTIES[key.toLowerCase()] ?? key}=${value}`];
  const known = candidates.find((candidate) => isProperty(candidate ?? ''));
  if (known === undefined) return text.fail(`\\p{${name}} is no class of characters known here`);
  return `\\${isNot ? 'P' : 'p'}{${known}}`;
}

const PROPERTIES: Readonly<Record<string, string>> = {
  script: 'Script',
  sc: 'Script',
  general_category: 'General_Category',
  gc: 'General_Category',
};

function isProperty(name: string): boolean {
  try {
    new RegExp(`\\p{${name}}`, 'v');
    return true;
  } catch {
    return false;
  }
}
