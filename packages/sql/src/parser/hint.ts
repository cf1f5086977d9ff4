import type { Hint, OptionEntry } from '../ast.ts';
import { Report } from '../diagnostic.ts';
import { tokenize } from '../lexer.ts';
import { Cursor } from './cursor.ts';
import { parseOption } from './options.ts';

/** What a hint begins with; the rest of its text stands behind. */
const OPENING = '/*+'.length;

/** The hints of a comment with a plus, if one is next: name [( 'key' = 'value', ... | item, ... )], ... as Flink takes them behind SELECT and behind the name of a table. */
export function parseHints(cursor: Cursor): readonly Hint[] {
  const token = cursor.token;
  if (token.kind !== 'hint') return [];
  cursor.advance();
  const from = token.from + OPENING;
  const inside = new Report(token.text);
  const tokens = tokenize(token.text, inside).map((part) => ({ ...part, from: part.from + from, to: part.to + from }));
  for (const { code, message, ...at } of inside.diagnostics())
    cursor.report.error(code, { from: at.from + from, to: at.to + from }, message);
  const within = new Cursor(tokens, cursor.report, () => within.fail('the end of the hint'));
  const hints: Hint[] = [];
  do {
    hints.push(parseHint(within));
    within.accept(',');
  } while (!within.atEnd);
  if (cursor.token.kind === 'hint')
    cursor.refuse('sql.syntax', cursor.token, 'Hints stand in one comment: /*+ A(...), B(...) */.');
  return hints;
}

function parseHint(cursor: Cursor): Hint {
  const name = cursor.name('a hint such as OPTIONS');
  const options: OptionEntry[] = [];
  const items: Hint['items'][number][] = [];
  if (cursor.accept('(')) {
    while (!cursor.is(')')) {
      const { kind, text, from, to } = cursor.token;
      if (kind === 'string' && cursor.ahead(1).word === '=') options.push(parseOption(cursor));
      else if (['word', 'quoted', 'string', 'number'].includes(kind)) {
        cursor.advance();
        items.push({ text, from, to });
      } else cursor.fail("'key' = 'value', a table, or )");
      if (!cursor.accept(',') && !cursor.is(')')) cursor.fail(', or )');
    }
    cursor.expect(')');
  }
  return { name, options, items, ...cursor.since(name) };
}
