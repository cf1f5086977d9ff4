import type { OptionEntry } from '../ast.ts';
import type { Span } from '../source-text.ts';
import { type Cursor, ParseFailure } from './cursor.ts';

/** Options in parentheses. `incomplete`: one could not be read, so what is missing may be that one. */
export interface Options {
  readonly entries: readonly OptionEntry[];
  readonly span: Span;
  readonly incomplete: boolean;
}

/** WITH ( options ) */
export function parseWithOptions(cursor: Cursor): Options {
  const first = cursor.expect('WITH');
  const { entries, incomplete } = parseOptions(cursor);
  return { entries, span: cursor.since(first), incomplete };
}

/** ( 'key' = 'value', ... ); a broken entry does not hide the others. */
export function parseOptions(cursor: Cursor): Options {
  const first = cursor.expect('(');
  const entries: OptionEntry[] = [];
  let incomplete = false;
  do {
    try {
      if (cursor.is(')') && entries.length > 0) {
        const comma = cursor.previous;
        const fix = { title: 'Remove the comma', insert: '', from: comma.from, to: comma.to };
        cursor.refuse('sql.syntax', comma, 'Nothing follows this comma: remove it.', fix);
      }
      if (!cursor.is(')')) entries.push(parseOption(cursor));
      if (!cursor.is(',', ')')) cursor.fail(', or ) after the option');
    } catch (error) {
      if (!(error instanceof ParseFailure)) throw error;
      incomplete = true;
      cursor.skipTo(',', ')');
      if (!cursor.is(',', ')')) throw error;
    }
  } while (cursor.accept(','));
  cursor.expect(')');
  return { entries, span: cursor.since(first), incomplete };
}

export function parseOption(cursor: Cursor): OptionEntry {
  const key = cursor.string("an option such as 'connector'");
  cursor.expect('=');
  const value = cursor.string("a value in quotes such as 'kafka'");
  return {
    key: key.text,
    keySpan: { from: key.from, to: key.to },
    value: value.text,
    valueSpan: { from: value.from, to: value.to },
    ...cursor.since(key),
  };
}
