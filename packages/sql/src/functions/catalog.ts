import { COLLECTION_FUNCTIONS } from './collection-functions.ts';
import { CONDITIONAL_FUNCTIONS } from './conditional-functions.ts';
import { DATETIME_FUNCTIONS } from './datetime-functions.ts';
import type { FunctionDefinition } from './definition.ts';
import { ENCODING_FUNCTIONS } from './encoding-functions.ts';
import { JSON_FUNCTIONS } from './json-functions.ts';
import { MATH_FUNCTIONS } from './math-functions.ts';
import { STRING_FUNCTIONS } from './string-functions.ts';

const AGGREGATES: readonly FunctionDefinition[] = [
  [
    'COUNT',
    ['COUNT(*) -> BIGINT', 'COUNT([DISTINCT] value, ...) -> BIGINT'],
    'How many rows, or how many of which no value is NULL.',
  ],
  ['SUM', ['SUM(number) -> number'], 'The sum; DECIMAL(p, s) becomes DECIMAL(38, s), integers keep their type.'],
  ['MIN', ['MIN(value) -> value'], 'The least value.'],
  ['MAX', ['MAX(value) -> value'], 'The greatest value.'],
  ['AVG', ['AVG(number) -> number'], 'The mean; of integers an integer, of DECIMAL(p, s) a DECIMAL(38, max(s, 6)).'],
  ['STDDEV_POP', ['STDDEV_POP(number) -> DOUBLE'], 'The standard deviation of all values.'],
  [
    'STDDEV_SAMP',
    ['STDDEV_SAMP(number) -> DOUBLE'],
    'The standard deviation of a sample; NULL of fewer than 2 values.',
  ],
  ['STDDEV', ['STDDEV(number) -> DOUBLE'], 'STDDEV_SAMP by another name.'],
  ['VAR_POP', ['VAR_POP(number) -> DOUBLE'], 'The variance of all values.'],
  ['VAR_SAMP', ['VAR_SAMP(number) -> DOUBLE'], 'The variance of a sample; NULL of fewer than 2 values.'],
  ['VARIANCE', ['VARIANCE(number) -> DOUBLE'], 'VAR_SAMP by another name.'],
  ['FIRST_VALUE', ['FIRST_VALUE(value) -> value'], 'The first value that is not NULL, in order of arrival.'],
  ['LAST_VALUE', ['LAST_VALUE(value) -> value'], 'The last value that is not NULL, in order of arrival.'],
  ['LISTAGG', ["LISTAGG(text [, separator ',']) -> STRING"], 'The texts put together, in order of arrival.'],
  [
    'ARRAY_AGG',
    ['ARRAY_AGG([DISTINCT] value [IGNORE NULLS]) -> ARRAY'],
    'All values in order of arrival, NULLs too unless they are ignored.',
  ],
  [
    'COLLECT',
    ['COLLECT([DISTINCT] value) -> MULTISET'],
    'All values that are not NULL with how often each is there; as JSON an object of values and counts.',
  ],
  [
    'JSON_ARRAYAGG',
    ['JSON_ARRAYAGG(value [NULL ON NULL]) -> STRING'],
    'All values as a JSON array, in order of arrival; NULLs are left out unless NULL ON NULL is said.',
  ],
  [
    'JSON_OBJECTAGG',
    ['JSON_OBJECTAGG([KEY] key VALUE value [ABSENT ON NULL]) -> STRING'],
    'Keys and values as a JSON object; a key that comes twice in a group fails the record.',
  ],
  [
    'APPROX_COUNT_DISTINCT',
    ['APPROX_COUNT_DISTINCT(value) -> BIGINT'],
    'About how many different values: exact up to 128, then within 1.6 % (one standard error), in 4 kB a group.',
  ],
  [
    'PERCENTILE',
    [
      'PERCENTILE(number, fraction [, frequency]) -> DOUBLE',
      'PERCENTILE(number, ARRAY[fraction, ...] [, frequency]) -> ARRAY<DOUBLE>',
    ],
    'The value below which this share of all values lies: 0.5 is the median. Each counts as often as its frequency says.',
  ],
  [
    'GROUPING',
    ['GROUPING(key, ...) -> BIGINT'],
    '1 in rows whose grouping set leaves the key out, else 0; of several keys side by side, as bits.',
  ],
  ['GROUPING_ID', ['GROUPING_ID(key, ...) -> BIGINT'], 'GROUPING of several keys side by side, as bits.'],
  ['GROUP_ID', ['GROUP_ID() -> BIGINT'], 'GROUPING of all keys: which grouping set a row is of.'],
].map(([name, signatures, help]) => ({
  name: String(name),
  group: 'aggregate',
  signatures: [signatures ?? []].flat(),
  help: String(help),
}));

/** Only before OVER. */
const NUMBERING: readonly FunctionDefinition[] = [
  {
    name: 'ROW_NUMBER',
    group: 'window',
    signatures: ['ROW_NUMBER() OVER (PARTITION BY ... ORDER BY ...) -> BIGINT'],
    help: 'The place of the row in its partition; with WHERE rownum <= n around it, the first n.',
  },
  {
    name: 'RANK',
    group: 'window',
    signatures: ['RANK() OVER (PARTITION BY ... ORDER BY time) -> BIGINT'],
    help: 'How many rows of the partition came before the moment of this one, plus 1.',
  },
  {
    name: 'DENSE_RANK',
    group: 'window',
    signatures: ['DENSE_RANK() OVER (PARTITION BY ... ORDER BY time) -> BIGINT'],
    help: 'How many different moments of the partition came before that of this row, plus 1.',
  },
  {
    name: 'LAG',
    group: 'window',
    signatures: ['LAG(value [, rows [, default]]) OVER (PARTITION BY ... ORDER BY time) -> value'],
    help: 'The value some rows before this one, by default 1; NULL where there is none.',
  },
];

const WINDOW_PARTS: readonly FunctionDefinition[] = ['TUMBLE', 'HOP', 'SESSION'].flatMap((window) =>
  [
    ['START', 'The first moment of the window in GROUP BY.', 'TIMESTAMP(3)'],
    ['END', 'The end of the window in GROUP BY, not in it.', 'TIMESTAMP(3)'],
    ['ROWTIME', 'The event time of the result: the last millisecond of the window.', 'TIMESTAMP(3)'],
    ['PROCTIME', 'The processing time of the result, of a window over processing time.', 'TIMESTAMP_LTZ(3)'],
  ].map(([part, help, type]) => ({
    name: `${window}_${part}`,
    group: 'window' as const,
    signatures: [
      `${window}_${part}(time, ${window === 'HOP' ? 'slide, ' : ''}${window === 'SESSION' ? 'gap' : 'size'}) -> ${type}`,
    ],
    help: String(help),
  })),
);

/** Other spellings Flink knows. */
const ALIASES: Readonly<Record<string, string>> = {
  CHARACTER_LENGTH: 'CHAR_LENGTH',
  LENGTH: 'CHAR_LENGTH',
  SUBSTR: 'SUBSTRING',
  CEILING: 'CEIL',
};

/** Every function of the dialect, in the order of the groups. */
export const FUNCTIONS: readonly FunctionDefinition[] = [
  ...AGGREGATES,
  ...NUMBERING,
  ...WINDOW_PARTS,
  ...STRING_FUNCTIONS,
  ...MATH_FUNCTIONS,
  ...CONDITIONAL_FUNCTIONS,
  ...DATETIME_FUNCTIONS,
  ...COLLECTION_FUNCTIONS,
  ...JSON_FUNCTIONS,
  ...ENCODING_FUNCTIONS,
];

const byName = new Map(FUNCTIONS.map((definition) => [definition.name, definition]));

/** Letter case and aliases do not matter. */
export function findFunction(name: string): FunctionDefinition | undefined {
  const upper = name.toUpperCase();
  return byName.get(Object.hasOwn(ALIASES, upper) ? (ALIASES[upper] ?? upper) : upper);
}

export const FUNCTION_NAMES: readonly string[] = [...byName.keys(), ...Object.keys(ALIASES)];
