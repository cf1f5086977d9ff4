/** A computed value inside the generated loop: two JavaScript expressions, cheap and safe to repeat (locals or literals). */
export interface Code {
  readonly value: string;
  /** `'false'` when it cannot be NULL, `'true'` for the NULL literal. */
  readonly isNull: string;
}

/**
 * Statements of a generated function. Text from users never becomes code: names of locals are counters, numbers are
 * written by JSON.stringify, everything else goes into the constants array and is reached as `k0`, `k1`, ...
 */
export class CodeWriter {
  readonly #lines: string[] = [];
  readonly #constants: unknown[] = [];
  #locals = 0;

  get constants(): readonly unknown[] {
    return this.#constants;
  }

  get text(): string {
    return this.#lines.join('\n');
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  fresh(): string {
    return `v${this.#locals++}`;
  }

  constant(value: unknown): string {
    const known = this.#constants.indexOf(value);
    if (known >= 0) return `k${known}`;
    this.#constants.push(value);
    return `k${this.#constants.length - 1}`;
  }

  /**
   * A value that is NULL when any of `args` is. `body` gives statements that assign the local `value` and,
   * when `mayBeNull`, may set the local `isNull`; they run only when no argument is NULL.
   */
  strict(
    args: readonly Code[],
    zero: string,
    options: { readonly mayBeNull: boolean },
    body: (value: string, isNull: string) => string,
  ): Code {
    const value = this.fresh();
    const flags = [...new Set(args.map((arg) => arg.isNull))].filter((flag) => flag !== 'false');
    if (flags.includes('true')) return { value: zero, isNull: 'true' };
    if (flags.length === 0 && !options.mayBeNull) {
      this.line(`let ${value} = ${zero};`);
      this.line(body(value, 'undefined'));
      return { value, isNull: 'false' };
    }
    const isNull = this.fresh();
    const guard = flags.length === 0 ? 'false' : flags.join(' || ');
    this.line(`let ${value} = ${zero}, ${isNull} = ${guard};`);
    const statements = body(value, isNull);
    this.line(flags.length === 0 ? statements : `if (!${isNull}) { ${statements} }`);
    return { value, isNull };
  }
}
