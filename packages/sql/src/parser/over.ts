import type { Expr, OrderItem, OverClause, OverFrameClause } from '../ast.ts';
import { RESERVED } from '../keyword.ts';
import type { Cursor } from './cursor.ts';

type ParseExpression = () => Expr;

const CLAUSES = ['PARTITION', 'ORDER', 'ROWS', 'RANGE'];

/** OVER name | OVER ( [name] [PARTITION BY exprs] [ORDER BY items] [frame] ) */
export function parseOver(cursor: Cursor, expression: ParseExpression): OverClause {
  const first = cursor.expect('OVER');
  if (!cursor.is('(')) {
    const name = cursor.name('( or the name of a window');
    return { name, partitionBy: [], orderBy: [], frame: undefined, ...cursor.since(first) };
  }
  return { ...parseWindowDefinition(cursor, expression), ...cursor.since(first) };
}

/** What stands in the parentheses, parentheses included: also of WINDOW name AS (...). `name` is a window it goes on from. */
export function parseWindowDefinition(cursor: Cursor, expression: ParseExpression): OverClause {
  const first = cursor.expect('(');
  const isNamed =
    ['word', 'quoted'].includes(cursor.token.kind) &&
    !CLAUSES.includes(cursor.token.word) &&
    !RESERVED.has(cursor.token.word);
  const name = isNamed ? cursor.name('the name of a window') : undefined;
  const partitionBy = cursor.accept('PARTITION', 'BY') ? cursor.list(expression) : [];
  const orderBy = cursor.is('ORDER') ? parseOrderBy(cursor, expression) : [];
  const frame = cursor.is('ROWS', 'RANGE') ? parseFrame(cursor, expression) : undefined;
  if (!cursor.accept(')'))
    cursor.fail('PARTITION BY, ORDER BY, ROWS, RANGE or )', ['PARTITION', 'ORDER', 'ROWS', 'RANGE']);
  return { name, partitionBy, orderBy, frame, ...cursor.since(first) };
}

/** ORDER BY expr [ASC | DESC] [NULLS FIRST | LAST], ... */
export function parseOrderBy(cursor: Cursor, expression: ParseExpression): readonly OrderItem[] {
  cursor.expect('ORDER');
  cursor.expect('BY');
  return cursor.list(() => {
    const first = cursor.token;
    const expr = expression();
    const descending = cursor.accept('DESC');
    if (!descending) cursor.accept('ASC');
    const nulls = cursor.accept('NULLS', 'FIRST') ? 'first' : cursor.accept('NULLS', 'LAST') ? 'last' : undefined;
    return { expr, descending, nulls, ...cursor.since(first) };
  });
}

/** ROWS | RANGE ( start PRECEDING | BETWEEN start PRECEDING AND CURRENT ROW ) */
function parseFrame(cursor: Cursor, expression: ParseExpression): OverFrameClause {
  const first = cursor.advance();
  const unit = first.word === 'ROWS' ? 'rows' : 'range';
  const between = cursor.accept('BETWEEN');
  const preceding = parseStart(cursor, expression);
  if (between) {
    cursor.expect('AND');
    const end = cursor.token;
    if (!cursor.accept('CURRENT', 'ROW')) {
      cursor.refuse('sql.unsupported', end, 'A frame ends at CURRENT ROW: a stream does not know the rows after it.');
    }
  }
  return { unit, preceding, ...cursor.since(first) };
}

function parseStart(cursor: Cursor, expression: ParseExpression): OverFrameClause['preceding'] {
  if (cursor.accept('CURRENT', 'ROW')) return 'current';
  if (cursor.accept('UNBOUNDED')) {
    cursor.expect('PRECEDING');
    return 'unbounded';
  }
  const start = expression();
  const { token } = cursor;
  if (cursor.sees('FOLLOWING')) {
    cursor.refuse('sql.unsupported', token, 'A frame starts before the current row: use PRECEDING.');
  }
  cursor.expect('PRECEDING');
  return start;
}
