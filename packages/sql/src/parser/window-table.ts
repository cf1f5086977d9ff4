import type { Expr, Name, TableRef } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './expression.ts';
import { parseHints } from './hint.ts';
import { parseColumnNames, parseTableName } from './table-name.ts';

const WINDOW_FUNCTIONS = ['TUMBLE', 'HOP', 'CUMULATE', 'SESSION'];

/** The positions of named arguments; a call without names has this order. */
const ARGUMENT_ORDER: Readonly<Record<string, readonly string[]>> = {
  TUMBLE: ['DATA', 'TIMECOL', 'SIZE', 'OFFSET'],
  HOP: ['DATA', 'TIMECOL', 'SLIDE', 'SIZE', 'OFFSET'],
  CUMULATE: ['DATA', 'TIMECOL', 'STEP', 'SIZE', 'OFFSET'],
  SESSION: ['DATA', 'TIMECOL', 'GAP', ''],
};

type WindowRef = Extract<TableRef, { kind: 'window' }>;
type WindowArgument =
  | { readonly kind: 'table'; readonly table: TableRef; readonly partitionBy: readonly Name[] }
  | { readonly kind: 'descriptor'; readonly column: Name }
  | { readonly kind: 'interval'; readonly expr: Expr };

/** function ( [DATA =>] TABLE t | (query), [TIMECOL =>] DESCRIPTOR(column), [SIZE =>] interval ... ) */
export function parseWindow(cursor: Cursor): WindowRef {
  cursor.expects('window function');
  const name = cursor.token;
  if (name.word.startsWith('ML_'))
    cursor.unsupported(name, name.word, 'ask the service of the model in a lookup join with a table over HTTP');
  if (name.kind !== 'word' || ARGUMENT_ORDER[name.word] === undefined) {
    return cursor.fail('a window: TUMBLE, HOP, CUMULATE or SESSION', WINDOW_FUNCTIONS);
  }
  cursor.advance();
  cursor.expect('(');
  const order = ARGUMENT_ORDER[name.word] ?? [];
  const args: (WindowArgument | undefined)[] = [];
  do {
    const place = cursor.ahead(1).word === '=>' ? parseArgumentName(cursor, order) : args.length;
    args[place] = parseWindowArgument(cursor, place, name.word);
  } while (cursor.accept(','));
  const [data, time, ...rest] = args;
  if (data?.kind !== 'table' || time?.kind !== 'descriptor' || rest.some((arg) => arg?.kind !== 'interval')) {
    return cursor.fail(`${name.word}(TABLE t, DESCRIPTOR(column), ${order.slice(2, -1).join(', ').toLowerCase()})`);
  }
  cursor.expect(')');
  const intervals = rest.flatMap((arg) => (arg?.kind === 'interval' ? [arg.expr] : []));
  const named = { text: name.text, from: name.from, to: name.to };
  const span = cursor.since(name);
  return {
    kind: 'window',
    function: named,
    input: data.table,
    partitionBy: data.partitionBy,
    timeColumn: time.column,
    intervals,
    alias: undefined,
    ...span,
  };
}

function parseArgumentName(cursor: Cursor, order: readonly string[]): number {
  const place = order.indexOf(cursor.token.word);
  if (place < 0) cursor.fail(`an argument name: ${order.join(', ')}`, order);
  cursor.advance();
  cursor.expect('=>');
  return place;
}

/** TABLE t PARTITION BY a, b, or (a, b): of SESSION only. */
function parsePartition(cursor: Cursor, window: string): readonly Name[] {
  if (window === 'SESSION' ? !cursor.is('PARTITION') : !cursor.sees('PARTITION')) return [];
  if (window !== 'SESSION') cursor.unsupported(cursor.token, 'PARTITION BY in a window', 'put the keys into GROUP BY');
  cursor.advance();
  cursor.expect('BY');
  if (cursor.is('(')) return parseColumnNames(cursor);
  const columns: Name[] = [];
  do columns.push(cursor.name('a column name'));
  while (
    cursor.is(',') &&
    cursor.ahead(1).word !== 'DESCRIPTOR' &&
    cursor.ahead(2).word !== '=>' &&
    cursor.accept(',')
  );
  return columns;
}

function parseWindowArgument(cursor: Cursor, place: number, window: string): WindowArgument {
  const first = cursor.token;
  if (place === 0) {
    if (cursor.accept('(')) {
      const query = cursor.query();
      cursor.expect(')');
      const table = { kind: 'derived', query, alias: undefined, columns: [], ...cursor.since(first) } as const;
      return { kind: 'table', table, partitionBy: parsePartition(cursor, window) };
    }
    cursor.expect('TABLE');
    const name = parseTableName(cursor);
    const hints = parseHints(cursor);
    const table = { kind: 'named', name, hints, asOf: undefined, alias: undefined, columns: [], ...name } as const;
    return { kind: 'table', table, partitionBy: parsePartition(cursor, window) };
  }
  if (place === 1) {
    cursor.expect('DESCRIPTOR');
    cursor.expect('(');
    const column = cursor.name('the event-time column');
    cursor.expect(')');
    return { kind: 'descriptor', column };
  }
  return { kind: 'interval', expr: parseExpression(cursor) };
}
