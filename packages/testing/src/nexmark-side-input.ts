/** Keys of the side input of q13: `MOD(auction, 10000)` meets every second one, so that some bids meet nothing. */
const KEYS = 10_000;

/** The rows of the side input: a key and its value. */
export const SIDE_INPUT: readonly (readonly [key: bigint, value: string])[] = Array.from(
  { length: KEYS / 2 },
  (_, at) => [BigInt(2 * at), `value of ${2 * at}`] as const,
);

export const SIDE_INPUT_FILE = 'side_input.csv';

/** The side input as the file the table `side_input` reads. */
export function sideInputCsv(): string {
  return SIDE_INPUT.map((row) => `${row.join(',')}\n`).join('');
}

/** WITH options of the table, the file being at the root of the files of the platform. */
export const SIDE_INPUT_OPTIONS = `'connector' = 'filesystem', 'path' = '${SIDE_INPUT_FILE}', 'format' = 'csv'`;
