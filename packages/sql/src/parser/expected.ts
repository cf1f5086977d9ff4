/** What may stand at a place besides single words. */
export type ExpectedPart = 'statement' | 'expression' | 'operator' | 'type' | 'time unit' | 'window function';

/**
 * What the grammar takes where a text stops: the parser, run over the text up to there, tells its every question at the end
 * (`Cursor` does so when it is given one of these). So completion knows the whole grammar without a second copy of it.
 */
export class Expected {
  readonly #words = new Set<string>();
  readonly #parts = new Set<ExpectedPart>();
  readonly #names = new Set<string>();
  readonly #strings = new Set<string>();
  #isClosed = false;

  /** Words and phrases as asked for: `WHERE`, `NOT NULL`, `TABLE (`. Symbols too. */
  get words(): ReadonlySet<string> {
    return this.#words;
  }

  get parts(): ReadonlySet<ExpectedPart> {
    return this.#parts;
  }

  /** Of each name that may stand here, what it names, as error messages say it: `a table name`. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** The same of strings. */
  get strings(): ReadonlySet<string> {
    return this.#strings;
  }

  /** False when the parser gave up before the end. */
  get isKnown(): boolean {
    return this.#words.size + this.#parts.size + this.#names.size + this.#strings.size > 0;
  }

  word(...words: readonly string[]): void {
    if (!this.#isClosed) for (const word of words) this.#words.add(word);
  }

  part(part: ExpectedPart): void {
    if (!this.#isClosed) this.#parts.add(part);
  }

  name(what: string): void {
    if (!this.#isClosed) this.#names.add(what);
  }

  string(what: string): void {
    if (!this.#isClosed) this.#strings.add(what);
  }

  /** The parser gave up: what it asks from now on is how to go on after a mistake. */
  close(): void {
    this.#isClosed = true;
  }
}
