import { StreamError } from '@millrace/model';
import { checkDescribed, placeholderOf } from './check.ts';
import type { ConnectorDescription, OptionIssue, Role } from './description.ts';
import { parseDurationMs } from './duration.ts';
import { parseSizeBytes } from './size.ts';

/** Options that passed their check, read by type. Defaults come from the descriptions, so forms and runtime agree. */
export class OptionValues {
  readonly #connector: ConnectorDescription;
  readonly #options: Readonly<Record<string, string>>;

  /** Throws `options.<reason>` naming the first option at fault and listing the others. */
  constructor(connector: ConnectorDescription, options: Readonly<Record<string, string>>, role: Role) {
    const issues = checkDescribed(connector, options, role);
    if (issues.length > 0) throw optionError(issues);
    this.#connector = connector;
    this.#options = options;
  }

  text(name: string): string | undefined {
    return this.#options[name] ?? this.#connector.options.find((option) => option.name === name)?.default;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) {
      throw optionError([{ option: name, reason: 'missing', message: `option '${name}' is required` }]);
    }
    return value;
  }

  integer(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : Number(value);
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : Number(value);
  }

  durationMs(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : parseDurationMs(value);
  }

  sizeBytes(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : parseSizeBytes(value);
  }

  flag(name: string): boolean {
    return this.text(name) === 'true';
  }

  /** `fields.<field>.kind` gives a map from field to value. */
  byPlaceholder(name: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [key, value] of Object.entries(this.#options)) {
      const placeholder = placeholderOf({ name }, key);
      if (placeholder !== undefined) found.set(placeholder, value);
    }
    return found;
  }
}

/** One error for all issues: the first gives the code. */
function optionError(issues: readonly OptionIssue[]): StreamError {
  const message = issues.map((issue) => issue.message).join('; ');
  return new StreamError(`options.${issues[0]?.reason ?? 'invalid'}`, message, { domain: 'user', retry: 'never' });
}

/** An option whose value cannot be used with this table's columns. */
export function invalidOption(option: string, message: string): StreamError {
  return optionError([{ option, reason: 'invalid', message }]);
}
