import { ClassReader } from './character-class.ts';
import { escapeAt } from './escape.ts';
import { PatternText } from './pattern-text.ts';

/** A regular expression for `new RegExp(source, flags)`: code points are characters, and groups keep their numbers. */
export interface TranslatedRegexp {
  readonly source: string;
  /** With `g`, for functions that look for every match. */
  readonly flags: string;
}

/**
 * A regular expression of Java (java.util.regex.Pattern, which Flink's REGEXP functions take) as one of JavaScript with the same matches: `\Q...\E`,
 * POSIX and Unicode classes, intersections, `\A \z \Z \R \h`, comments, `$` before a last line break, `.` and `\s` as Java has them. Throws
 * `PatternProblem` for what is no pattern, and for the few things JavaScript has nothing for: possessive quantifiers, atomic groups, `\G`, and
 * ignoring case in a part only. A reference to a group that took no part matches the empty text here and nothing in Java.
 */
export function translateRegexp(pattern: string): TranslatedRegexp {
  const translation = new Translation(new PatternText(pattern));
  const source = translation.alternatives();
  translation.text.expectEnd();
  const flags = `gv${translation.ignoresCase ? 'i' : ''}`;
  try {
    new RegExp(source, flags);
  } catch {
    translation.text.fail('it does not hold together');
  }
  return { source, flags };
}

const LINE_BREAK = '[\\n\\r\\u0085\\u2028\\u2029]';
const BEFORE_LAST_BREAK = `(?=(?:\\r\\n|${LINE_BREAK})?(?![\\s\\S]))`;

interface Flags {
  readonly dotAll: boolean;
  readonly multiline: boolean;
  readonly comments: boolean;
}

class Translation {
  readonly text: PatternText;
  ignoresCase = false;
  #flags: Flags = { dotAll: false, multiline: false, comments: false };

  constructor(text: PatternText) {
    this.text = text;
  }

  /** Up to the end or to the `)` of the group; flags set inside end there. */
  alternatives(): string {
    const outer = this.#flags;
    const parts: string[] = [];
    while (!this.text.atEnd && !this.text.sees(')')) parts.push(this.#piece());
    this.#flags = outer;
    return parts.join('');
  }

  #piece(): string {
    const { text } = this;
    if (this.#flags.comments && text.skipComment()) return '';
    if (text.accept('|')) return '|';
    if (text.accept('^')) return this.#flags.multiline ? `(?<=^|${LINE_BREAK})` : '^';
    if (text.accept('$')) return this.#flags.multiline ? `(?=${LINE_BREAK}|$)` : BEFORE_LAST_BREAK;
    const atom = this.#atom();
    return atom === '' ? '' : atom + this.#quantifier();
  }

  #atom(): string {
    const { text } = this;
    if (text.accept('\\Q')) return text.quoted();
    if (text.accept('.')) return this.#flags.dotAll ? '[\\s\\S]' : '[^\\n\\r\\u0085\\u2028\\u2029]';
    if (text.accept('[')) return new ClassReader(text, this.#flags.comments).read();
    if (text.accept('(')) return this.#group();
    if (text.sees('\\')) return escapeAt(text);
    if (text.sees('*') || text.sees('+') || text.sees('?') || text.sees('{'))
      text.fail(`nothing stands before ${text.char}`);
    return text.literal();
  }

  #group(): string {
    const { text } = this;
    const opening = text.match(/\(?\?(?:<[A-Za-z][A-Za-z0-9]*>|<=|<!|=|!|:)/y);
    if (opening === undefined && text.sees('?>')) text.fail('(?>...) is atomic: write (?:...)');
    if (opening === undefined && text.sees('?')) return this.#flagGroup();
    const inside = this.alternatives();
    if (!text.accept(')')) text.fail('a ( has no )');
    return `(${opening ?? ''}${inside})`;
  }

  /** (?ismxdu-ismxdu) up to the end of the group, or (?flags:...). */
  #flagGroup(): string {
    const { text } = this;
    const start = text.at;
    const [on = '', off = ''] = (text.match(/\?[a-zA-Z]*(?:-[a-zA-Z]*)?/y) ?? '').slice(1).split('-');
    const unknown = [...on, ...off].find((flag) => !'ismxduU'.includes(flag));
    if (unknown !== undefined) text.fail(`(?${unknown}) is no flag`);
    if (on.includes('i')) {
      if (start !== 1) text.fail('(?i) may only stand at the start');
      this.ignoresCase = true;
    }
    const isScoped = text.accept(':');
    if (off.includes('i') || (isScoped && on.includes('i')))
      text.fail('case is ignored in the whole pattern or nowhere: (?i) at the start');
    const outer = this.#flags;
    const has = (flag: string, known: boolean) => (known || on.includes(flag)) && !off.includes(flag);
    this.#flags = {
      dotAll: has('s', outer.dotAll),
      multiline: has('m', outer.multiline),
      comments: has('x', outer.comments),
    };
    const inside = isScoped ? this.alternatives() : '';
    if (!text.accept(')')) text.fail('a ( has no )');
    if (!isScoped) return '';
    this.#flags = outer;
    return `(?:${inside})`;
  }

  #quantifier(): string {
    const { text } = this;
    const count = text.match(/[*+?]|\{\d+(?:,\d*)?\}/y);
    if (count === undefined) return text.sees('{') ? text.fail('{ begins no count such as {2,3}') : '';
    if (text.sees('+')) text.fail(`${count}+ is possessive: write ${count}`);
    return text.accept('?') ? `${count}?` : count;
  }
}
