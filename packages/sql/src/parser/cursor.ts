import type { CreateFunction, DeclaredFunctions, Expr, Name, Query } from '../ast.ts';
import type { Fix, Report, SqlCode } from '../diagnostic.ts';
import { RESERVED } from '../keyword.ts';
import type { Span } from '../source-text.ts';
import { didYouMean } from '../suggestion.ts';
import type { Token } from '../token.ts';
import type { Expected, ExpectedPart } from './expected.ts';

/** Thrown after the problem was reported; caught where the parser can go on. Never leaves the parser. */
export class ParseFailure extends Error {}

/** Parentheses, subqueries and types inside each other. */
const NESTING_MAX = 100;
/** Operators on operators: bounds the recursion of everything that walks an expression. */
const EXPRESSION_HEIGHT_MAX = 400;

/** Reads tokens left to right and says what it expected. */
export class Cursor {
  readonly report: Report;
  readonly #parseQuery: (cursor: Cursor) => Query;
  readonly #tokens: readonly Token[];
  readonly #heights = new WeakMap<object, number>();
  readonly #end: Token;
  readonly #expected: Expected | undefined;
  #at = 0;
  #functions: DeclaredFunctions = new Map();
  #nesting = 0;

  /** `parseQuery` is handed in, because queries and expressions hold each other. `expected` collects what may follow the last token. */
  constructor(
    tokens: readonly Token[],
    report: Report,
    parseQuery: (cursor: Cursor) => Query,
    expected?: Expected | undefined,
  ) {
    this.#parseQuery = parseQuery;
    this.#tokens = tokens;
    this.report = report;
    this.#expected = expected;
    this.#end = tokens.at(-1) ?? { kind: 'end', text: '', word: '', from: 0, to: 0 };
  }

  /** Those declared so far. */
  get functions(): DeclaredFunctions {
    return this.#functions;
  }

  /** Calls read before keep what was declared then. */
  declareFunction(name: Name, declared: CreateFunction | 'broken'): void {
    this.#functions = new Map(this.#functions).set(name.text.toUpperCase(), declared);
  }

  /** DROP FUNCTION: calls after it are of no function. */
  forgetFunction(name: Name): void {
    const functions = new Map(this.#functions);
    functions.delete(name.text.toUpperCase());
    this.#functions = functions;
  }

  get token(): Token {
    return this.#tokens[this.#at] ?? this.#end;
  }

  get previous(): Token {
    return this.#tokens[this.#at - 1] ?? this.token;
  }

  get atEnd(): boolean {
    return this.token.kind === 'end';
  }

  ahead(count: number): Token {
    return this.#tokens[this.#at + count] ?? this.#end;
  }

  advance(): Token {
    const token = this.token;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  /** The next token is one of these words or symbols. */
  is(...words: readonly string[]): boolean {
    if (this.atEnd) this.#expected?.word(...words);
    return this.token.word !== '' && words.includes(this.token.word);
  }

  /** The next tokens are these words, in this order. */
  follows(...words: readonly string[]): boolean {
    const other = words.findIndex((word, at) => this.ahead(at).word !== word);
    if (other >= 0 && this.ahead(other).kind === 'end') this.#expected?.word(words.slice(other).join(' '));
    return other < 0;
  }

  /** Like `is`, for words the grammar knows only to refuse them: nobody expects them. */
  sees(...words: readonly string[]): boolean {
    return this.token.word !== '' && words.includes(this.token.word);
  }

  /** Tells that such a part may stand here; parts that no method of the cursor asks for by word. */
  expects(part: ExpectedPart): void {
    if (this.atEnd) this.#expected?.part(part);
  }

  /** Takes these words if they follow, all or none. */
  accept(...words: readonly string[]): boolean {
    if (!this.follows(...words)) return false;
    for (const _ of words) this.advance();
    return true;
  }

  expect(...words: readonly string[]): Token {
    for (const [at, word] of words.entries()) {
      if (this.atEnd) this.#expected?.word(words.slice(at).join(' '));
      if (this.token.word !== word) this.fail(word, [word]);
      this.advance();
    }
    return this.previous;
  }

  /** From the start of `first` to the end of the last token taken. */
  since(first: Span): Span {
    return { from: first.from, to: Math.max(first.from, this.previous.to) };
  }

  name(what: string): Name {
    const token = this.token;
    if (this.atEnd) this.#expected?.name(what);
    if (token.kind === 'quoted' || (token.kind === 'word' && !RESERVED.has(token.word))) {
      this.advance();
      return { text: token.text, from: token.from, to: token.to };
    }
    if (token.kind === 'word' && !['FROM', 'WHERE', 'SELECT', 'AS', 'GROUP'].includes(token.word)) {
      const quoted = `\`${token.text}\``;
      const fix = { title: `Change to ${quoted}`, insert: quoted, from: token.from, to: token.to };
      this.refuse('sql.syntax', token, `Expected ${what}; ${token.word} is a reserved word: write ${quoted}.`, fix);
    }
    return this.fail(what);
  }

  string(what: string): Token {
    if (this.atEnd) this.#expected?.string(what);
    if (this.token.kind !== 'string') {
      const { kind, text, from, to } = this.token;
      const insert = `'${text}'`;
      const fix = kind === 'word' || kind === 'number' ? { title: `Change to ${insert}`, insert, from, to } : undefined;
      if (fix !== undefined)
        this.refuse('sql.syntax', this.token, `Expected ${what} but found ${text}: write ${insert}.`, fix);
      this.fail(what);
    }
    return this.advance();
  }

  list<Item>(item: () => Item): readonly Item[] {
    const items = [item()];
    while (this.accept(',')) items.push(item());
    return items;
  }

  /** A query begins here. */
  get atQuery(): boolean {
    return this.is('SELECT', 'WITH', 'VALUES');
  }

  query(): Query {
    return this.#parseQuery(this);
  }

  /** Runs `parse` one level deeper; refuses beyond the bound. */
  nested<Result>(parse: () => Result): Result {
    if (this.#nesting >= NESTING_MAX) {
      this.refuse(
        'sql.too-large',
        this.token,
        `More than ${NESTING_MAX} levels inside each other: split it with a view.`,
      );
    }
    this.#nesting++;
    try {
      return parse();
    } finally {
      this.#nesting--;
    }
  }

  /** Every operator node passes here, so that no expression gets deeper than its walkers can go. */
  node<Node extends Expr>(node: Node, ...children: readonly (Expr | undefined)[]): Node {
    let height = 1;
    for (const child of children) {
      if (child !== undefined) height = Math.max(height, 1 + (this.#heights.get(child) ?? 1));
    }
    if (height > EXPRESSION_HEIGHT_MAX) {
      const message = `The expression nests more than ${EXPRESSION_HEIGHT_MAX} operators: split it, or use IN (...).`;
      this.refuse('sql.too-large', node, message);
    }
    this.#heights.set(node, height);
    return node;
  }

  /** Reports that something else was expected here. `candidates` are the words that could have been meant. */
  fail(expected: string, candidates: readonly string[] = [], at: Token = this.token): never {
    const { hint, fix } = at.kind === 'word' ? didYouMean(at.text, at, candidates) : { hint: '', fix: undefined };
    const mending = fix ?? (at === this.token ? this.#missingSymbol(expected) : undefined);
    return this.refuse('sql.syntax', visible(at), `Expected ${expected} but found ${describe(at)}.${hint}`, mending);
  }

  /** The edit that puts a comma or a closing parenthesis there, where one of them is what is missing most likely. */
  #missingSymbol(expected: string): Fix | undefined {
    const at = this.previous.to;
    const next = this.token;
    const goesOn = ['word', 'quoted', 'string', 'number'].includes(next.kind) && !RESERVED.has(next.word);
    if (expected.startsWith(', or') && goesOn) return { title: 'Add a comma', insert: ',', from: at, to: at };
    const closes = expected === ')' || expected.startsWith(', or )');
    const ends = next.kind === 'end' || next.word === ';' || RESERVED.has(next.word);
    return closes && ends ? { title: 'Add )', insert: ')', from: at, to: at } : undefined;
  }

  unsupported(at: Span, what: string, remedy: string): never {
    return this.refuse('sql.unsupported', at, `${what} is not supported yet; ${remedy}.`);
  }

  refuse(code: SqlCode, at: Span, message: string, fix?: Fix): never {
    this.report.error(code, at, message, fix);
    this.#expected?.close();
    throw new ParseFailure(message);
  }

  /** Skips to one of `words` outside any parentheses opened on the way, or to the end of the statement. */
  skipTo(...words: readonly string[]): void {
    for (let depth = 0; !this.atEnd; this.advance()) {
      const { word } = this.token;
      if (word === ';' || (depth === 0 && words.includes(word))) return;
      if (word === '(' || word === '[') depth += 1;
      if (word === ')' || word === ']') depth = Math.max(0, depth - 1);
    }
  }
}

/** The end of the text has no width: the caret stands there. */
function visible(token: Token): Span {
  return { from: token.from, to: token.to };
}

function describe(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'the end of the text';
    case 'string':
      return `'${token.text}'`;
    case 'hint':
      return 'a hint';
    default:
      return token.text;
  }
}
