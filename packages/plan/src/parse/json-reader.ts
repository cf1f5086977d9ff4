/**
 * Reads JSON of unknown shape, remembering every reason why it is not what was expected. A read that fails gives
 * undefined and goes on, so that all reasons come out at once.
 */
export class JsonReader {
  readonly reasons: string[] = [];

  /** More reasons than this say nothing new. */
  static readonly REASONS_MAX = 50;

  refuse(path: string, reason: string): undefined {
    if (this.reasons.length < JsonReader.REASONS_MAX) this.reasons.push(`${path}: ${reason}`);
    return undefined;
  }

  object(value: unknown, path: string): Readonly<Record<string, unknown>> | undefined {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    return this.refuse(path, 'must be an object');
  }

  array(value: unknown, path: string): readonly unknown[] | undefined {
    return Array.isArray(value) ? value : this.refuse(path, 'must be an array');
  }

  string(value: unknown, path: string): string | undefined {
    return typeof value === 'string' ? value : this.refuse(path, 'must be a string');
  }

  boolean(value: unknown, path: string): boolean | undefined {
    return typeof value === 'boolean' ? value : this.refuse(path, 'must be true or false');
  }

  /** A whole number from `min` to `max`. */
  whole(value: unknown, path: string, min: number, max: number): number | undefined {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    return this.refuse(path, `must be a whole number from ${min} to ${max}`);
  }

  oneOf<Word extends string>(value: unknown, words: readonly Word[], path: string): Word | undefined {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    return this.refuse(
      path,
      words.length > 20 ? `${JSON.stringify(value)} is not known` : `must be one of ${words.join(', ')}`,
    );
  }

  /** Every element read, or undefined when one could not be. */
  list<Item>(
    value: unknown,
    path: string,
    read: (item: unknown, path: string) => Item | undefined,
  ): readonly Item[] | undefined {
    const items = this.array(value, path)?.map((item, at) => read(item, `${path}[${at}]`));
    return items?.every((item) => item !== undefined) ? items.filter((item) => item !== undefined) : undefined;
  }
}
