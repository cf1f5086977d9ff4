/** Why a text is no pattern, to stand behind its name: `it ends in a \`. */
export class PatternProblem extends Error {}

/** The text of a pattern and how far it is read. Places count UTF-16 units. */
export class PatternText {
  readonly pattern: string;
  at = 0;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  get atEnd(): boolean {
    return this.at >= this.pattern.length;
  }

  /** The next character, '' at the end. */
  get char(): string {
    const point = this.pattern.codePointAt(this.at);
    return point === undefined ? '' : String.fromCodePoint(point);
  }

  sees(text: string): boolean {
    return this.pattern.startsWith(text, this.at);
  }

  accept(text: string): boolean {
    if (!this.sees(text)) return false;
    this.at += text.length;
    return true;
  }

  /** What a sticky expression finds here. */
  match(expression: RegExp): string | undefined {
    expression.lastIndex = this.at;
    const found = expression.exec(this.pattern)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  /** The next character, for itself. */
  literal(): string {
    const { char } = this;
    this.at += char.length;
    return literalText(char);
  }

  /** Behind \Q: everything up to \E or the end, for itself. */
  quoted(): string {
    const end = this.pattern.indexOf('\\E', this.at);
    const inside = this.pattern.slice(this.at, end < 0 ? undefined : end);
    this.at = end < 0 ? this.pattern.length : end + 2;
    return literalText(inside);
  }

  /** White space, and # to the end of the line. */
  skipComment(): boolean {
    return this.match(/[ \t\n\v\f\r]+|#[^\n\r\u0085\u2028\u2029]*/y) !== undefined;
  }

  expectEnd(): void {
    if (!this.atEnd) this.fail('a ) has no (');
  }

  fail(reason: string): never {
    throw new PatternProblem(reason);
  }
}

/** Characters that stand for themselves, in classes too. */
export function literalText(text: string): string {
  return text.replace(/[\0-\x2f:-@[-^`{-\x7f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
