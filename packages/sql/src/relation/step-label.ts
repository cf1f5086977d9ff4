import type { Step } from './relation.ts';

const JOIN_WORDS = {
  inner: 'JOIN',
  left: 'LEFT JOIN',
  right: 'RIGHT JOIN',
  full: 'FULL JOIN',
  semi: 'SEMI JOIN',
  anti: 'ANTI JOIN',
} as const;

/** What people see on a box of the graph: short, in SQL's words. */
export function labelOf({ work, inputs }: Step): string {
  const names = (columns: readonly number[]) =>
    columns.map((column) => inputs[0]?.fields[column]?.name ?? '').join(', ');
  const by = (word: string, columns: readonly number[]) => (columns.length === 0 ? '' : ` ${word} ${names(columns)}`);
  switch (work.kind) {
    case 'expand':
      return 'GROUPING SETS';
    case 'unnest':
      return 'UNNEST';
    case 'replicate':
      return 'REPEAT ROWS';
    case 'window-assign':
      return work.window.kind.toUpperCase();
    case 'group-aggregate':
      return work.keys.length === 0 ? 'AGGREGATE' : `GROUP BY ${names(work.keys)}`;
    case 'over-aggregate':
      return `OVER${by('PARTITION BY', work.partition)}`;
    case 'rank':
      return `TOP ${work.to}${by('PER', work.partition)}`;
    case 'deduplicate':
      return `${work.keep.toUpperCase()} ROW${by('PER', work.keys)}`;
    case 'temporal-sort':
      return 'ORDER BY time';
    case 'limit':
      return `LIMIT ${work.count}`;
    case 'changelog-normalize':
      return `CHANGES${by('BY', work.keys)}`;
    case 'join':
      return `${JOIN_WORDS[work.type]}${by('ON', work.leftKeys)}`;
    case 'interval-join':
      return `INTERVAL ${JOIN_WORDS[work.type]}${by('ON', work.leftKeys)}`;
    case 'window-join':
      return `WINDOW ${JOIN_WORDS[work.type]}${by('ON', work.leftKeys)}`;
    case 'temporal-join':
      return `TEMPORAL ${JOIN_WORDS[work.type]}${by('ON', work.leftKeys)}`;
    case 'lookup-join':
      return `LOOKUP ${JOIN_WORDS[work.type]} ${work.table}${by('ON', work.keys)}`;
    case 'match':
      return `MATCH_RECOGNIZE${by('PARTITION BY', work.partition)}`;
  }
}
