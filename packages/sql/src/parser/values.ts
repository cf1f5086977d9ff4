import type { Expr, Values } from '../ast.ts';
import type { Span } from '../source-text.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './expression.ts';

type ValuesRow = Span & { readonly items: readonly Expr[] };

/** A script is no place for data: more rows belong into a topic or a file. */
const ROWS_MAX = 10_000;

/** VALUES (a, b), ...; a row of one value may leave out its parentheses. */
export function parseValues(cursor: Cursor): Values {
  const first = cursor.expect('VALUES');
  const rows: ValuesRow[] = [];
  do {
    if (rows.length >= ROWS_MAX) {
      cursor.refuse('sql.too-large', cursor.token, `More than ${ROWS_MAX} rows in VALUES: read them from a source.`);
    }
    rows.push(parseRow(cursor));
  } while (cursor.accept(','));
  return { kind: 'values', rows, ...cursor.since(first) };
}

function parseRow(cursor: Cursor): ValuesRow {
  const first = cursor.token;
  const expr = parseExpression(cursor);
  const items = expr.kind === 'constructor' && expr.type === 'ROW' ? expr.items : [expr];
  return { items, ...cursor.since(first) };
}
