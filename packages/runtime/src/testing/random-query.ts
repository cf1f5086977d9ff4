import type { SeededRandom } from '@millrace/testing/seeded-random';

type Kind = 'int' | 'bigint' | 'decimal' | 'string';
export interface Column {
  readonly name: string;
  readonly kind: Kind;
}

const COLUMNS: readonly Column[] = [
  { name: 'id', kind: 'bigint' },
  { name: 'k', kind: 'int' },
  { name: 'v', kind: 'bigint' },
  { name: 'd', kind: 'decimal' },
  { name: 's', kind: 'string' },
];
const LITERALS: Readonly<Record<Kind, readonly string[]>> = {
  int: ['0', '1', '2', '3', '-1'],
  bigint: ['1', '12', '9007199254740993', '-7'],
  decimal: ['0.50', '100.00', '-3.25'],
  string: ["'a'", "'ab'", "''", "'é x'"],
};

/**
 * A query over tables a and b that the dialect and PostgreSQL read alike: joins, filters, groups, sets, subqueries in FROM. The
 * same random numbers give the same text.
 */
export function randomQuery(random: SeededRandom): string {
  const first = select(random, 2);
  if (random.integer(5) > 0) return first.text;
  const operator = random.pick(['UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT', 'EXCEPT ALL', 'INTERSECT ALL']);
  return `${first.text} ${operator} ${second(first.columns, random)}`;
}

export interface Selected {
  readonly text: string;
  readonly columns: readonly Column[];
}

/** A query to read from, rather of groups and joins. */
export function randomView(random: SeededRandom): Selected {
  const view = select(random, 1);
  return /GROUP BY|JOIN|COUNT/.test(view.text) || random.integer(4) === 0 ? view : randomView(random);
}

/** Some queries of one view `v`: other columns of it, other conditions. */
export function randomReaders({ columns }: Selected, random: SeededRandom): readonly string[] {
  const from = { text: 'v', columns };
  return Array.from({ length: 2 + random.integer(3) }, () => {
    const where = random.integer(2) === 0 ? ` WHERE ${predicate(columns, random, 1)}` : '';
    if (random.integer(4) === 0) return grouped(from, where, random).text;
    const items = Array.from(
      { length: 1 + random.integer(columns.length) },
      (_, at) => `${random.pick(columns).name} AS r${at}`,
    );
    return `SELECT ${items.join(', ')} FROM v${where}`;
  });
}

/** A plain select with columns of these kinds, for the other side of a set operation. */
function second(columns: readonly Column[], random: SeededRandom): string {
  const items = columns.map(({ kind }, at) => `${pickColumn(COLUMNS, kind, random) ?? cast(kind)} AS c${at}`);
  return `SELECT ${items.join(', ')} FROM b WHERE ${predicate(COLUMNS, random, 1)}`;
}

function select(random: SeededRandom, depth: number): Selected {
  const from = source(random, depth);
  const where = random.integer(2) === 0 ? ` WHERE ${predicate(from.columns, random, 2)}` : '';
  if (random.integer(2) === 0) return grouped(from, where, random);
  const items = Array.from({ length: 1 + random.integer(3) }, (_, at) => ({
    column: random.pick(from.columns),
    alias: `c${at}`,
  }));
  const list = items.map(({ column, alias }) => `${column.name} AS ${alias}`).join(', ');
  const distinct = random.integer(4) === 0 ? 'DISTINCT ' : '';
  return {
    text: `SELECT ${distinct}${list} FROM ${from.text}${where}`,
    columns: items.map(({ column, alias }) => ({ name: alias, kind: column.kind })),
  };
}

function grouped(from: Selected, where: string, random: SeededRandom): Selected {
  const keys = [...new Set(Array.from({ length: random.integer(3) }, () => random.pick(from.columns)))];
  const items: { text: string; kind: Kind }[] = keys.map(({ name, kind }) => ({ text: name, kind }));
  for (let calls = 1 + random.integer(3); calls > 0; calls--) items.push(aggregate(from.columns, random));
  const list = items.map(({ text }, at) => `${text} AS c${at}`).join(', ');
  const group = keys.length === 0 ? '' : ` GROUP BY ${keys.map(({ name }) => name).join(', ')}`;
  // A group of no rows has a row in PostgreSQL; in a stream it comes with its first row.
  const condition =
    keys.length === 0 ? 'COUNT(*) > 0' : `COUNT(*) ${random.pick(['>', '<=', '<>'])} ${random.integer(6)}`;
  const having = keys.length === 0 || random.integer(3) === 0 ? ` HAVING ${condition}` : '';
  return {
    text: `SELECT ${list} FROM ${from.text}${where}${group}${having}`,
    columns: items.map(({ kind }, at) => ({ name: `c${at}`, kind })),
  };
}

/** Sums stay sums of few rows: their types differ between the dialects, their digits do not. */
function aggregate(columns: readonly Column[], random: SeededRandom): { text: string; kind: Kind } {
  const column = random.pick(columns);
  const filter = random.integer(4) === 0 ? ` FILTER (WHERE ${predicate(columns, random, 1)})` : '';
  switch (random.integer(4)) {
    case 0:
      return { text: `COUNT(*)${filter}`, kind: 'bigint' };
    case 1:
      return { text: `COUNT(${random.integer(2) === 0 ? 'DISTINCT ' : ''}${column.name})${filter}`, kind: 'bigint' };
    case 2:
      return { text: `${random.pick(['MIN', 'MAX'])}(${column.name})${filter}`, kind: column.kind };
    default:
      if (column.kind === 'string' || column.kind === 'int')
        return { text: `MAX(${column.name})${filter}`, kind: column.kind };
      return { text: `SUM(${column.name})${filter}`, kind: column.kind };
  }
}

function source(random: SeededRandom, depth: number): Selected {
  if (depth > 0 && random.integer(3) === 0) {
    const inner = select(random, depth - 1);
    return { text: `(${inner.text}) x`, columns: inner.columns.map(({ name, kind }) => ({ name: `x.${name}`, kind })) };
  }
  if (random.integer(2) === 0) return { text: 'a', columns: COLUMNS };
  const type = random.pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN']);
  const key = random.pick(['k', 'v', 's']);
  // PostgreSQL joins FULL only on equality.
  const extra =
    type === 'FULL JOIN' || random.integer(2) === 0
      ? ''
      : ` AND a.${key === 'k' ? 'id' : 'k'} ${random.pick(['<', '>='])} b.${key === 'k' ? 'id' : 'k'}`;
  const columns = ['a', 'b'].flatMap((table) => COLUMNS.map(({ name, kind }) => ({ name: `${table}.${name}`, kind })));
  return { text: `a ${type} b ON a.${key} = b.${key}${extra}`, columns };
}

function predicate(columns: readonly Column[], random: SeededRandom, depth: number): string {
  if (depth > 0 && random.integer(3) === 0) {
    const [left, right] = [predicate(columns, random, depth - 1), predicate(columns, random, depth - 1)];
    return random.integer(4) === 0 ? `NOT (${left})` : `(${left} ${random.pick(['AND', 'OR'])} ${right})`;
  }
  const { name, kind } = random.pick(columns);
  const literal = () => random.pick(LITERALS[kind]);
  switch (random.integer(6)) {
    case 0:
      return `${name} IS ${random.integer(2) === 0 ? 'NOT ' : ''}NULL`;
    case 1:
      return `${name} IN (${literal()}, ${literal()})`;
    case 2:
      return `${name} ${random.integer(3) === 0 ? 'NOT ' : ''}BETWEEN ${literal()} AND ${literal()}`;
    case 3:
      return kind === 'string'
        ? `${name} LIKE ${random.pick(["'a%'", "'%b'", "'_'", "'%'"])}`
        : `${name} <> ${literal()}`;
    case 4: {
      const other = pickColumn(columns, kind, random);
      return `${name} ${random.pick(['=', '<', '>='])} ${other ?? literal()}`;
    }
    default:
      return `${name} ${random.pick(['=', '<>', '>', '<='])} ${literal()}`;
  }
}

function pickColumn(columns: readonly Column[], kind: Kind, random: SeededRandom): string | undefined {
  const fitting = columns.filter((column) => column.kind === kind);
  return fitting.length === 0 ? undefined : random.pick(fitting).name;
}

function cast(kind: Kind): string {
  return { int: 'k', bigint: 'v', decimal: 'd', string: 's' }[kind];
}
