import { escapeAt } from './escape.ts';
import { literalText, type PatternText } from './pattern-text.ts';

/** [...] of Java: unions, ranges, classes in classes, and && between them. Gives a class of JavaScript's `v` mode, whose operands of && are classes. */
export class ClassReader {
  readonly #text: PatternText;
  readonly #comments: boolean;

  constructor(text: PatternText, comments: boolean) {
    this.#text = text;
    this.#comments = comments;
  }

  /** Behind the `[`. */
  read(): string {
    const not = this.#text.accept('^') ? '^' : '';
    const operands: string[] = [];
    do {
      operands.push(this.#union(operands.length === 0));
    } while (this.#text.accept('&&'));
    if (!this.#text.accept(']')) this.#text.fail('a [ has no ]');
    const used = operands.filter((operand) => operand !== '');
    return used.length > 1 ? `[${not}${used.map((operand) => `[${operand}]`).join('&&')}]` : `[${not}${used.join('')}]`;
  }

  /** A `]` right behind the `[` stands for itself. */
  #union(isFirst: boolean): string {
    const text = this.#text;
    const items: string[] = [];
    while (!text.atEnd && !text.sees('&&') && (!text.sees(']') || (isFirst && items.length === 0))) {
      if (this.#comments && text.skipComment()) continue;
      if (text.accept('\\Q')) items.push(text.quoted());
      else items.push(text.accept('[') ? this.read() : this.#range());
    }
    return items.join('');
  }

  #range(): string {
    const text = this.#text;
    const from = this.#single();
    const isRange = text.sees('-') && !text.sees('-]') && !text.sees('-[') && !text.sees('-&&') && isCharacter(from);
    if (!isRange || text.at + 1 >= text.pattern.length) return from;
    text.accept('-');
    const to = this.#single();
    return isCharacter(to) ? `${from}-${to}` : `${from}${literalText('-')}${to}`;
  }

  #single(): string {
    return this.#text.sees('\\') ? escapeAt(this.#text) : this.#text.literal();
  }
}

function isCharacter(item: string): boolean {
  return !item.startsWith('[') && !/^\\[dDwWpP]/.test(item);
}
