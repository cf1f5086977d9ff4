import { CONDITIONAL_FUNCTIONS } from './conditional-functions.ts';
import { DATETIME_FUNCTIONS } from './datetime-functions.ts';
import type { FunctionDefinition } from './definition.ts';
import { MATH_FUNCTIONS } from './math-functions.ts';
import { STRING_FUNCTIONS } from './string-functions.ts';

const AGGREGATES: readonly FunctionDefinition[] = [
  ['COUNT', ['COUNT(*) -> BIGINT', 'COUNT(value) -> BIGINT'], 'How many rows, or how many values that are not NULL.'],
  ['SUM', ['SUM(number) -> number'], 'The sum; DECIMAL(p, s) becomes DECIMAL(38, s), integers keep their type.'],
  ['MIN', ['MIN(value) -> value'], 'The least value.'],
  ['MAX', ['MAX(value) -> value'], 'The greatest value.'],
  ['AVG', ['AVG(number) -> number'], 'The mean; of integers an integer, of DECIMAL(p, s) a DECIMAL(38, max(s, 6)).'],
].map(([name, signatures, help]) => ({
  name: String(name),
  group: 'aggregate',
  signatures: [signatures ?? []].flat(),
  help: String(help),
}));

const WINDOW_PARTS: readonly FunctionDefinition[] = ['TUMBLE', 'HOP'].flatMap((window) =>
  [
    ['START', 'The first moment of the window in GROUP BY.', 'TIMESTAMP(3)'],
    ['END', 'The end of the window in GROUP BY, not in it.', 'TIMESTAMP(3)'],
    ['ROWTIME', 'The event time of the result: the last millisecond of the window.', 'TIMESTAMP(3)'],
  ].map(([part, help, type]) => ({
    name: `${window}_${part}`,
    group: 'window' as const,
    signatures: [`${window}_${part}(time, ${window === 'HOP' ? 'slide, ' : ''}size) -> ${type}`],
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
  ...WINDOW_PARTS,
  ...STRING_FUNCTIONS,
  ...MATH_FUNCTIONS,
  ...CONDITIONAL_FUNCTIONS,
  ...DATETIME_FUNCTIONS,
];

const byName = new Map(FUNCTIONS.map((definition) => [definition.name, definition]));

/** Letter case and aliases do not matter. */
export function findFunction(name: string): FunctionDefinition | undefined {
  const upper = name.toUpperCase();
  return byName.get(Object.hasOwn(ALIASES, upper) ? (ALIASES[upper] ?? upper) : upper);
}

export const FUNCTION_NAMES: readonly string[] = [...byName.keys(), ...Object.keys(ALIASES)];
