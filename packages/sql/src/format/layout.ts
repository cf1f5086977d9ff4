import type { Gap } from './comments.ts';
import { BREAK, type Document, group, indent, LINE, SOFT_LINE } from './document.ts';
import { isSpaced, isSpacedInPattern } from './spacing.ts';
import type { Written } from './written.ts';

const SET_OPERATORS = ['UNION', 'INTERSECT', 'EXCEPT', 'MINUS'];
const JOINS = ['JOIN', 'LEFT', 'RIGHT', 'FULL', 'INNER', 'CROSS', 'NATURAL'];
const CLAUSES = ['SELECT', 'FROM', 'WHERE', 'GROUP', 'HAVING', 'WINDOW', 'ORDER', 'LIMIT', 'OFFSET', 'FETCH'];
const QUERY_HEADS = new Set([...CLAUSES, ...SET_OPERATORS, ...JOINS]);
const TABLE_ENDS = new Set([...QUERY_HEADS, 'ON', 'USING']);
const QUERY_STARTS = ['SELECT', 'WITH', 'VALUES'];
const WINDOW_HEADS = new Set(['PARTITION', 'ORDER', 'ROWS', 'RANGE']);
const MATCH_HEADS = new Set(['PARTITION', 'ORDER', 'MEASURES', 'ONE', 'AFTER', 'PATTERN', 'WITHIN', 'DEFINE']);
const NOTHING: ReadonlySet<string> = new Set();

/** Lays out the tokens of statements one after the other; the tree was read before, so parentheses match. */
export class Layout {
  readonly #tokens: readonly Written[];
  readonly #gaps: readonly Gap[];
  #at = 0;

  constructor(tokens: readonly Written[], gaps: readonly Gap[]) {
    this.#tokens = tokens;
    this.#gaps = gaps;
  }

  get at(): number {
    return this.#at;
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** The next words, as far as the grammar knows them. */
  follows(...heads: readonly string[]): boolean {
    return heads.every((head, ahead) => this.#tokens[this.#at + ahead]?.head === head);
  }

  /** One statement with its semicolon, if it has one. The comments before its first token are left to the caller, unless `leading`. */
  statement(leading = false): Document {
    const parts = [this.#token(leading)];
    const first = this.#head(-1);
    if (QUERY_STARTS.includes(first) || first === '(') {
      this.#at--;
      return [group(this.#query(leading)), this.#semicolon()];
    }
    // The columns of a table, and its options, one per line.
    const isTable = first === 'CREATE' && this.#isTableAhead();
    let hasColumns = false;
    while (!this.atEnd && !this.follows(';')) {
      if (this.#opensQuery(first)) {
        parts.push(first === 'EXPLAIN' ? ' ' : BREAK, group(this.#query(true)));
        break;
      }
      if (first === 'EXPLAIN' && this.follows('INSERT')) {
        parts.push(' ', this.statement(true));
        return parts;
      }
      const isBlock = isTable && this.follows('(') && (this.#head(-1) === 'WITH' || !hasColumns);
      parts.push(this.#space());
      if (isBlock) {
        parts.push(this.#block());
        hasColumns = true;
      } else if (this.follows('(')) parts.push(this.#parentheses());
      else parts.push(this.#token(true));
    }
    return [...parts, this.#semicolon()];
  }

  /** Takes `count` tokens onto one line, without the comments before the first. */
  words(count: number): Document {
    const parts: Document[] = [this.#token(false)];
    for (let taken = 1; taken < count; taken++) parts.push(this.#space(), this.#token(true));
    return parts;
  }

  #semicolon(): Document {
    return this.follows(';') ? this.#token(true) : '';
  }

  #head(ahead = 0): string {
    return this.#tokens[this.#at + ahead]?.head ?? ';';
  }

  /** CREATE [TEMPORARY] TABLE. */
  #isTableAhead(): boolean {
    return this.#head() === 'TABLE' || this.#head(1) === 'TABLE';
  }

  /** The query of INSERT, CREATE VIEW and EXPLAIN begins here. */
  #opensQuery(first: string): boolean {
    if (first === 'CREATE' && this.#head(-1) !== 'AS') return false;
    if (QUERY_STARTS.includes(this.#head())) return this.#head(1) !== '(' || this.#head() !== 'WITH';
    return this.follows('(') && [...QUERY_STARTS, '('].includes(this.#head(1));
  }

  /** A token with the comments around it. */
  #token(withLeading: boolean): Document {
    const written = this.#tokens[this.#at];
    if (written === undefined) return '';
    const leading = withLeading ? (this.#gaps[this.#at]?.comments.filter(({ isBehind }) => !isBehind) ?? []) : [];
    this.#at++;
    const behind = this.#gaps[this.#at]?.comments.filter(({ isBehind }) => isBehind) ?? [];
    // A comma may come onto the line before the comment, unless it or the token behind it has a comment of its own, or it stands in {2,}, which goes on.
    const isFollowed = [1, 2].some((more) => this.#gaps[this.#at + more]?.comments.some(({ isBehind }) => isBehind));
    const isQuantifier = this.#head(1) === '}';
    const joins = [',', ';', ')'].includes(this.#head()) && !isFollowed && !isQuantifier;
    const after = behind.flatMap(({ text, isLine }): readonly Document[] => {
      if (!isLine) return [` ${text}`];
      return [{ kind: 'line-end', text: ` ${text}`, joins }];
    });
    return [...leading.flatMap(({ text }): readonly Document[] => [BREAK, text, BREAK]), written.text, ...after];
  }

  /** What stands between the token just taken and the next. */
  #space(): Document {
    const left = this.#tokens[this.#at - 1];
    const right = this.#tokens[this.#at];
    if (left === undefined || right === undefined) return '';
    return isSpaced(this.#tokens[this.#at - 2], left, right) ? ' ' : '';
  }

  /** Clause under clause. `leading`: the comments before the first token belong to it. */
  #query(leading: boolean): readonly Document[] {
    const clauses: Document[] = [];
    let withLeading = leading;
    while (!this.atEnd && !this.follows(';') && !this.follows(')')) {
      if (clauses.length > 0) clauses.push(this.#isForced() ? BREAK : LINE);
      clauses.push(this.#clause(withLeading));
      withLeading = true;
    }
    return clauses;
  }

  /** After the queries of WITH a new line begins. */
  #isForced(): boolean {
    return this.#head(-1) === ')' && this.#wasWith;
  }

  #wasWith = false;

  #clause(leading: boolean): Document {
    const head = this.#head();
    this.#wasWith = false;
    if (head === 'WITH') return this.#commonQueries(leading);
    if (head === 'SELECT') {
      const words = [this.#token(leading)];
      if (this.follows('DISTINCT') || this.follows('ALL')) words.push(' ', this.#token(true));
      return group([words, indent([LINE, this.#list(QUERY_HEADS)])]);
    }
    if (head === 'GROUP' || head === 'ORDER') {
      return group([this.#token(leading), ' ', this.#token(true), indent([LINE, this.#list(QUERY_HEADS)])]);
    }
    if (head === 'VALUES' || head === 'WINDOW') {
      return group([this.#token(leading), indent([LINE, this.#list(QUERY_HEADS)])]);
    }
    if (head === 'FROM') return group([this.#token(leading), ' ', indent(this.#list(TABLE_ENDS))]);
    if (SET_OPERATORS.includes(head)) {
      const words = [this.#token(leading)];
      if (this.follows('ALL') || this.follows('DISTINCT')) words.push(' ', this.#token(true));
      return words;
    }
    if (JOINS.includes(head)) return this.#join(leading);
    if (head === '(') return this.#parentheses(leading);
    if (CLAUSES.includes(head)) return group([this.#token(leading), this.#space(), this.#expression(QUERY_HEADS)]);
    return [this.#token(leading), this.#space(), this.#expression(QUERY_HEADS)];
  }

  /** WITH name [(columns)] AS (query), ... */
  #commonQueries(leading: boolean): Document {
    const parts: Document[] = [this.#token(leading)];
    while (!this.atEnd) {
      parts.push(parts.length === 1 ? ' ' : BREAK);
      while (!this.atEnd && !this.follows('AS')) {
        parts.push(this.follows('(') ? [' ', this.#parentheses()] : this.#token(true));
      }
      parts.push(' ', this.#token(true), ' ');
      const open = this.#token(true);
      const query = group(this.#query(true));
      parts.push(open, indent([BREAK, query]), BREAK, this.#token(true));
      if (!this.follows(',')) break;
      parts.push(this.#token(true));
    }
    this.#wasWith = true;
    return parts;
  }

  /** [LEFT] JOIN table [ON condition | USING (columns)] */
  #join(leading: boolean): Document {
    const words: Document[] = [this.#token(leading)];
    while (this.follows('OUTER') || JOINS.includes(this.#head())) words.push(' ', this.#token(true));
    const table = [' ', this.#expression(TABLE_ENDS)];
    if (!this.follows('ON') && !this.follows('USING')) return group([words, table]);
    return group([words, table, indent([LINE, this.#token(true), ' ', this.#expression(QUERY_HEADS)])]);
  }

  /** Values beside each other, up to one of `ends` or what closes the level. */
  #list(ends: ReadonlySet<string>): Document {
    const items: Document[] = [this.#expression(ends)];
    while (this.follows(',')) items.push(this.#token(true), LINE, this.#expression(ends));
    return items;
  }

  /** One value: AND and OR begin new lines when it is too long for one. */
  #expression(ends: ReadonlySet<string>): Document {
    const operands: Document[][] = [[]];
    let betweens = 0;
    while (!this.atEnd && ![',', ';', ')', ']'].includes(this.#head()) && !this.#isEnd(ends)) {
      const head = this.#head();
      const isLogic = (head === 'AND' && betweens === 0) || head === 'OR';
      if (isLogic && operands[0]?.length !== 0) operands.push([LINE]);
      else if (operands.length > 1 || operands[0]?.length !== 0) operands.at(-1)?.push(this.#space());
      if (head === 'BETWEEN') betweens++;
      if (head === 'AND' && betweens > 0) betweens--;
      operands.at(-1)?.push(this.#operand(head));
    }
    const [first, ...others] = operands;
    return group([first ?? '', indent(others)]);
  }

  #operand(head: string): Document {
    if (head === '(') return this.#parentheses();
    if (head === '[') return this.#brackets();
    if (head === 'CASE') return this.#case();
    return head === '<' && this.#tokens[this.#at]?.role === 'type' ? this.#typeArguments() : this.#token(true);
  }

  /** < types > on one line. */
  #typeArguments(): Document {
    const parts: Document[] = [this.#token(true)];
    for (let depth = 1; depth > 0 && !this.atEnd && !this.follows(';'); ) {
      if (this.follows('<')) depth++;
      if (this.follows('>')) depth--;
      parts.push(this.#space(), this.#token(true));
    }
    return parts;
  }

  /** IS [NOT] DISTINCT FROM ends no clause. */
  #isEnd(ends: ReadonlySet<string>): boolean {
    const head = this.#head();
    return ends.has(head) && !(head === 'FROM' && this.#head(-1) === 'DISTINCT');
  }

  #brackets(): Document {
    const open = this.#token(true);
    if (this.follows(']')) return [open, this.#token(true)];
    const list = this.#list(NOTHING);
    return group([open, indent([SOFT_LINE, list]), SOFT_LINE, this.#token(true)]);
  }

  #parentheses(leading = true): Document {
    const owner = this.#head(-1);
    const open = this.#token(leading);
    if (this.follows(')')) return [open, this.#token(true)];
    if (owner === 'PATTERN') return [open, this.#pattern(), this.#token(true)];
    const isMatch = owner === 'MATCH_RECOGNIZE';
    const body = isMatch ? this.#headed(MATCH_HEADS, BREAK) : this.#inside();
    const edge = isMatch ? BREAK : SOFT_LINE;
    return group([open, indent([edge, body]), edge, this.#token(true)]);
  }

  #inside(): Document {
    const head = this.#head();
    const isQuery = QUERY_STARTS.includes(head) || (head === '(' && this.#leadsToQuery());
    if (isQuery) return this.#query(true);
    return WINDOW_HEADS.has(head) ? this.#headed(WINDOW_HEADS, LINE) : this.#tables();
  }

  /** ((SELECT ...) UNION ...): parentheses around a query of a set operation. */
  #leadsToQuery(): boolean {
    let ahead = 0;
    while (this.#head(ahead) === '(') ahead++;
    return QUERY_STARTS.includes(this.#head(ahead));
  }

  /** A list, in which joins in parentheses may stand too. */
  #tables(): Document {
    const parts: Document[] = [this.#list(TABLE_ENDS)];
    while (!this.atEnd && !this.follows(')')) {
      if (JOINS.includes(this.#head())) parts.push(LINE, this.#join(true));
      else parts.push(this.#space(), this.#token(true), this.#space(), this.#list(TABLE_ENDS));
    }
    return parts;
  }

  /** Clauses that begin with one of `heads`, each with a list. */
  #headed(heads: ReadonlySet<string>, between: Document): Document {
    const clauses: Document[] = [];
    while (!this.atEnd && !this.follows(')')) {
      if (clauses.length > 0) clauses.push(between);
      const words: Document[] = [this.#token(true)];
      if (this.follows('BY')) words.push(' ', this.#token(true));
      if (this.follows(')')) clauses.push(words);
      else clauses.push(group([words, indent([this.#head(-1) === 'PATTERN' ? ' ' : LINE, this.#list(heads)])]));
    }
    return clauses;
  }

  #pattern(): Document {
    const parts: Document[] = [];
    for (let depth = 0; !this.atEnd && (depth > 0 || !this.follows(')')); ) {
      if (this.follows('(')) depth++;
      if (this.follows(')')) depth--;
      const left = this.#tokens[this.#at - 1];
      const right = this.#tokens[this.#at];
      if (parts.length > 0 && left !== undefined && right !== undefined) {
        parts.push(isSpacedInPattern(left, right) ? ' ' : '');
      }
      parts.push(this.#token(true));
    }
    return parts;
  }

  #case(): Document {
    const words: Document[] = [this.#token(true)];
    const ends = new Set(['WHEN', 'THEN', 'ELSE', 'END']);
    if (!this.follows('WHEN')) words.push(' ', this.#expression(ends));
    const branches: Document[] = [];
    while (!this.atEnd && !this.follows('END') && !this.follows(';')) {
      branches.push(LINE, this.#token(true), ' ', this.#expression(ends));
      if (this.follows('THEN')) branches.push(' ', this.#token(true), ' ', this.#expression(ends));
    }
    return group([words, indent(branches), LINE, this.#token(true)]);
  }

  /** ( parts ) with every part on a line of its own. */
  #block(): Document {
    const open = this.#token(true);
    const parts: Document[] = [];
    while (!this.atEnd && !this.follows(')')) {
      parts.push(BREAK, this.#expression(NOTHING));
      if (this.follows(',')) parts.push(this.#token(true));
    }
    return [open, indent(parts), BREAK, this.#token(true)];
  }
}
