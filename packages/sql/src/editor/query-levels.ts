import type { Token } from '../token.ts';

const SET_OPERATORS = ['UNION', 'INTERSECT', 'EXCEPT', 'MINUS'];
const AFTER_FROM = ['WHERE', 'GROUP', 'HAVING', 'WINDOW', 'ORDER', 'LIMIT', 'OFFSET', 'FETCH', ...SET_OPERATORS];
const JOIN_WORDS = ['JOIN', 'LEFT', 'RIGHT', 'FULL', 'INNER', 'CROSS', 'OUTER'];

/** The parser takes no more; of a text that has more, the innermost ones matter. */
const LEVELS_MAX = 100;

/** Tokens `from`..`to` (exclusive) between parentheses, or the whole statement. */
export interface Level {
  readonly from: number;
  readonly to: number;
}

/** The parentheses around a token, outermost first, the statement itself before them. */
export function levelsAround(statement: readonly Token[], at: number): readonly Level[] {
  const open: number[] = [];
  for (let index = 0; index < at; index++) {
    if (statement[index]?.word === '(') open.push(index);
    else if (statement[index]?.word === ')') open.pop();
  }
  const inner = open.slice(-LEVELS_MAX).map((index) => ({ from: index + 1, to: closing(statement, index) }));
  return [{ from: 0, to: statement.length }, ...inner];
}

const matches = new WeakMap<readonly Token[], Int32Array>();

/** Where the parenthesis at `open` closes; the end when it does not. Looked up: all are found in one pass. */
export function closing(statement: readonly Token[], open: number): number {
  const known = matches.get(statement) ?? matchesOf(statement);
  matches.set(statement, known);
  return known[open] ?? statement.length;
}

function matchesOf(statement: readonly Token[]): Int32Array {
  const found = new Int32Array(statement.length).fill(statement.length);
  const open: number[] = [];
  for (const [index, { word }] of statement.entries()) {
    if (word === '(') open.push(index);
    const opening = word === ')' ? open.pop() : undefined;
    if (opening !== undefined) found[opening] = index;
  }
  return found;
}

/** The indexes of a level that stand in no inner parentheses. */
export function* own(statement: readonly Token[], { from, to }: Level): Generator<number> {
  for (let index = from; index < to; index++) {
    yield index;
    if (statement[index]?.word !== '(') continue;
    const close = closing(statement, index);
    // One that is never closed hides nothing, the rest was there before it was typed; but ORDER BY after that of a pattern is the pattern's.
    if (close < statement.length) index = close - 1;
    else if (statement[index - 1]?.word === 'MATCH_RECOGNIZE') return;
  }
}

/** The SELECT of a level that `at` is in: set operators stand between them. Undefined: the level is no query. */
export function branchAt(statement: readonly Token[], level: Level, at: number): Level | undefined {
  let from = level.from;
  let isQuery = false;
  for (const index of own(statement, level)) {
    const word = statement[index]?.word ?? '';
    if (SET_OPERATORS.includes(word)) {
      if (index >= at) return isQuery ? { from, to: index } : undefined;
      from = index + 1;
      isQuery = false;
    }
    if (word === 'SELECT') isQuery = true;
  }
  return isQuery ? { from, to: level.to } : undefined;
}

/** Where FROM's tables begin and end in a branch. */
export function fromClause(statement: readonly Token[], branch: Level): Level | undefined {
  let from: number | undefined;
  for (const index of own(statement, branch)) {
    const word = statement[index]?.word ?? '';
    if (from === undefined && word === 'FROM' && statement[index - 1]?.word !== 'DISTINCT') from = index + 1;
    if (from !== undefined && index >= from && AFTER_FROM.includes(word)) return { from, to: index };
  }
  return from === undefined ? undefined : { from, to: branch.to };
}

/** The tables of FROM, without what joins them. */
export function itemsOf(statement: readonly Token[], clause: Level): readonly Level[] {
  const items: Level[] = [];
  let from = clause.from;
  let isTable = true;
  const end = (to: number) => {
    if (isTable && to > from) items.push({ from, to });
    isTable = false;
  };
  for (const index of own(statement, clause)) {
    const word = statement[index]?.word ?? '';
    const isCall = (word === 'LEFT' || word === 'RIGHT') && statement[index + 1]?.word === '(';
    if (word === ',' || word === 'ON' || word === 'USING' || (JOIN_WORDS.includes(word) && !isCall)) end(index);
    if (word === ',' || word === 'JOIN') {
      from = index + 1;
      isTable = true;
    }
  }
  end(clause.to);
  return items;
}
