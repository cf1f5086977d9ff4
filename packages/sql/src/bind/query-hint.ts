import type { Hint, JoinTable, Select, TableRef } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import type { SideTtls } from '../relation/state-ttl.ts';
import type { Span } from '../source-text.ts';
import { didYouMean } from '../suggestion.ts';
import { parseDuration } from './duration.ts';

/** The hints behind SELECT, and what they are for: how a batch joins has no meaning in a stream. */
export const QUERY_HINTS: Readonly<Record<string, string>> = {
  STATE_TTL:
    'How long a join, each side by itself, or an aggregate remembers what was not touched, by the tables it is made of.',
  LOOKUP: 'How a table is asked for rows by key.',
  BROADCAST: 'How a batch job joins: every subtask gets the whole table.',
  SHUFFLE_HASH: 'How a batch job joins: by hash tables.',
  SHUFFLE_MERGE: 'How a batch job joins: by sorting both sides.',
  NEST_LOOP: 'How a batch job joins: every row with every row.',
  MULTI_JOIN: 'Joins several tables in one step.',
};

/** How long what comes from a table of FROM is remembered, in ms; by the names it has there. */
export type StateTtls = ReadonlyMap<string, number>;

/** STATE_TTL of a SELECT; every hint that is wrong is reported, and one that says nothing here is warned of. */
export function bindQueryHints({ hints, source }: Select, report: Report): StateTtls {
  const names = source === undefined ? [] : namesIn(source);
  const ttls = new Map<string, number>();
  for (const hint of hints) {
    const name = hint.name.text.toUpperCase();
    if (name === 'OPTIONS') {
      report.error('sql.syntax', hint, 'OPTIONS stands behind the name of a table: FROM t /*+ OPTIONS(...) */.');
    } else if (QUERY_HINTS[name] === undefined) {
      const { hint: help, fix } = didYouMean(name, hint.name, Object.keys(QUERY_HINTS));
      report.error('sql.syntax', hint.name, `No hint ${hint.name.text}.${help}`, fix);
    } else if (name === 'STATE_TTL') bindStateTtl(hint, names, ttls, report);
    else if (name === 'LOOKUP') warnOfLookup(hint, names, report);
    else {
      for (const item of hint.items) checkName(item.text, item, names, report);
      const why =
        name === 'MULTI_JOIN'
          ? 'Joins are one after the other here'
          : 'It says how a batch job joins, and this one streams';
      const message = `${why}: ${name} has no effect.`;
      report.warning('sql.no-effect', hint.name, message);
    }
  }
  return ttls;
}

/**
 * How long a join remembers each side. Of joins in a row only the first has a table on its left: what the joins before gave is
 * remembered as the settings say, as in Flink.
 */
export function joinTtls({ left, right }: JoinTable, ttls: StateTtls): SideTtls {
  const [ofLeft, ofRight] = [ttlOf(left, ttls), ttlOf(right, ttls)];
  return { ...(ofLeft === undefined ? {} : { left: ofLeft }), ...(ofRight === undefined ? {} : { right: ofRight }) };
}

/** What STATE_TTL says of a table of FROM. */
export function ttlOf(ref: TableRef, ttls: StateTtls): number | undefined {
  if (ref.kind === 'join') return undefined;
  return namesIn(ref)
    .map((name) => ttls.get(name))
    .find((ms) => ms !== undefined);
}

function bindStateTtl(hint: Hint, names: readonly string[], ttls: Map<string, number>, report: Report): void {
  if (hint.options.length === 0)
    report.error('sql.syntax', hint, "STATE_TTL takes a table and a duration: STATE_TTL('orders' = '1 d').");
  for (const { key, keySpan, value, valueSpan } of hint.options) {
    const ms = parseDuration(value);
    if (ms === undefined) {
      report.error(
        'sql.invalid-setting',
        valueSpan,
        `'${value}' is not a duration: write for example '12 h' or '3 d'.`,
      );
    } else if (checkName(key, keySpan, names, report)) ttls.set(key, ms);
  }
}

function warnOfLookup(hint: Hint, names: readonly string[], report: Report): void {
  const table = hint.options.find(({ key }) => key === 'table');
  if (table === undefined) {
    report.error('sql.syntax', hint, "LOOKUP says which table it is about: LOOKUP('table' = 'customers', ...).");
    return;
  }
  if (!checkName(table.value, table.valueSpan, names, report)) return;
  const message = 'How tables are asked for rows is said by their options (lookup.*): LOOKUP has no effect.';
  report.warning('sql.no-effect', hint.name, message);
}

function checkName(name: string, at: Span, names: readonly string[], report: Report): boolean {
  if (names.includes(name)) return true;
  const { hint, fix } = didYouMean(name, at, names);
  const quoted = fix && report.source.text[at.from] === "'" ? { ...fix, insert: `'${fix.insert}'` } : fix;
  report.error('sql.unknown-table', at, `No table ${name} in FROM.${hint}`, quoted);
  return false;
}

/** The tables of a FROM by their names and aliases, those of windows and patterns too. */
function namesIn(ref: TableRef): readonly string[] {
  switch (ref.kind) {
    case 'join':
      return [...namesIn(ref.left), ...namesIn(ref.right)];
    case 'named':
      return ref.alias === undefined ? [ref.name.text] : [ref.alias.text, ref.name.text];
    case 'window':
    case 'match':
      return [...(ref.alias === undefined ? [] : [ref.alias.text]), ...namesIn(ref.input)];
    default:
      return ref.alias === undefined ? [] : [ref.alias.text];
  }
}
