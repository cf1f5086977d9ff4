import type { SeededRandom } from '@millrace/testing/seeded-random';

export const RECORDS_FORMATS = ['json', 'csv', 'debezium-json'] as const;
export type RecordsFormat = (typeof RECORDS_FORMATS)[number];

const START = Date.UTC(2026, 10, 24);

/** The columns of a table `t` that `randomRecords` fills and `randomCondition` asks about; `at`, `ms` and `ev` are times. */
export const RECORD_COLUMNS =
  'b BOOLEAN, i INT, n BIGINT, d DECIMAL(20, 4), x DOUBLE, s STRING, y DATE, ms BIGINT, `at` TIMESTAMP(3)';
export const COMPUTED_COLUMNS = 'twice AS i * 2, ev AS TO_TIMESTAMP_LTZ(ms, 3)';

const TEXTS = ['', 'a', 'abc', 'abd', 'ABC', 'é', 'éa', '\u{1f600}x', 'a"b', 'a\\b', 'tab\tx', 'null', '12'];
const INTEGERS = [
  '0',
  '1',
  '-7',
  '12',
  '9007199254740991',
  '9007199254740993',
  '-9007199254740995',
  '9223372036854775807',
];

/**
 * Records as lines: of every 10 about one with a field that is missing, NULL, twice there, escaped, a number in quotes or with an exponent, and one that
 * is malformed, mostly behind fields that are good.
 */
export function randomRecords(random: SeededRandom, format: RecordsFormat, count: number): Buffer {
  const line = { json: jsonLine, csv: csvLine, 'debezium-json': changeLine }[format];
  const lines = Array.from({ length: count }, (_, at) => line(random, at));
  return Buffer.concat(lines.map((line) => Buffer.concat([line, Buffer.from('\n')])));
}

function jsonLine(random: SeededRandom, at: number): Buffer {
  const entries = Object.entries(values(random, at, JSON.stringify));
  if (random.integer(10) === 0) entries.splice(random.integer(entries.length), 1);
  // The last of duplicates wins, wherever it stands.
  if (random.integer(10) === 0) entries.push(random.pick(Object.entries(values(random, at, JSON.stringify))));
  if (random.integer(8) === 0) entries.push(['unread', '{"a": [1, {"b": "}"}]}']);
  if (random.integer(4) === 0) entries.reverse();
  const key = (name: string) =>
    random.integer(12) === 0 ? `"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}"` : `"${name}"`;
  const text = `{${entries.map(([name, value]) => `${key(name)}${random.integer(6) === 0 ? ' : ' : ':'}${value}`).join(',')}}`;
  return broken(random, Buffer.from(text));
}

/** A row that comes, goes or is replaced by another one, which may be the one that is malformed. */
function changeLine(random: SeededRandom, at: number): Buffer {
  const op = random.pick(['c', 'u', 'u', 'd']);
  const before = op === 'c' ? Buffer.from('null') : jsonLine(random, at);
  const after = op === 'd' ? Buffer.from('null') : jsonLine(random, at);
  return Buffer.concat([
    Buffer.from('{"before":'),
    before,
    Buffer.from(',"after":'),
    after,
    Buffer.from(`,"op":"${op}"}`),
  ]);
}

function csvLine(random: SeededRandom, at: number): Buffer {
  const quote = (text: string) =>
    /[",\\]/.test(text) || random.integer(5) === 0 ? `"${text.replaceAll('"', '""')}"` : text;
  const fields = Object.values(values(random, at, quote)).map((value) => (value === 'null' ? '' : value));
  return broken(random, Buffer.from(fields.join(',')));
}

function broken(random: SeededRandom, record: Buffer): Buffer {
  if (random.integer(10) > 0) return record;
  switch (random.integer(5)) {
    case 0:
      return record.subarray(0, random.integer(record.length));
    case 1:
      return Buffer.concat([record, Buffer.from(',x')]);
    case 2: {
      const bad = Buffer.from(record);
      bad[random.integer(bad.length)] = 0xff;
      return bad;
    }
    case 3: {
      const bad = Buffer.from(record);
      bad[random.integer(bad.length)] = random.integer(128);
      return Buffer.from(bad.toString('latin1').replaceAll('\n', ' '), 'latin1');
    }
    default:
      return Buffer.from(record.toString().replace(/\d/, 'z'));
  }
}

/** In the order of the columns; `text` writes a STRING. */
function values(random: SeededRandom, at: number, text: (value: string) => string): Record<string, string> {
  const orNull = (value: string) => (random.integer(7) === 0 ? 'null' : value);
  const time = START + at * 1_000 + (random.integer(8) === 0 ? -random.integer(20_000) : random.integer(1_500));
  // Some clocks are broken.
  const dated = random.integer(40) === 0 ? time + 40 * 86_400_000_000 : time;
  const decimal = `${random.pick(INTEGERS).slice(0, 14)}.${random.integer(10_000)}`;
  return {
    b: orNull(random.pick(['true', 'false'])),
    i: orNull(random.pick(['0', '1', '-1', '7', '2147483647', String(random.integer(100))])),
    n: orNull(random.pick([...INTEGERS, String(random.integer(100))])),
    d: orNull(random.pick([decimal, '0', '1.5', '-0.0001', '9999999999999999.9999'])),
    x: orNull(random.pick(['0.1', '-1e3', '1E300', '12.5', '0', String(random.next())])),
    s: orNull(text(random.pick(TEXTS))),
    y: orNull(text(random.pick(['2026-11-24', '1970-01-01', '2031-02-28']))),
    ms: orNull(String(dated)),
    at: orNull(text(new Date(dated).toISOString().replace('T', ' ').slice(0, -1))),
  };
}

/** Something about a row that can be true, false or NULL. */
export function randomCondition(random: SeededRandom, depth = 3): string {
  if (depth > 0 && random.integer(5) < 3) {
    const [left, right] = [randomCondition(random, depth - 1), randomCondition(random, depth - 1)];
    return random.pick([`(${left} AND ${right})`, `(${left} OR ${right})`, `NOT (${left})`, `(${left}) IS NOT TRUE`]);
  }
  const operator = random.pick(['=', '<>', '<', '<=', '>', '>=']);
  const integer = random.pick(['0', '1', '7', '12', '50', '9007199254740993', '9223372036854775807', '-7']);
  const text = `'${random.pick(TEXTS)}'`;
  return random.pick([
    'b',
    'b IS NULL',
    'b IS NOT FALSE',
    `i ${operator} ${random.integer(100)}`,
    `n ${operator} ${integer}`,
    `n ${operator} i`,
    `n + i ${operator} ${integer}`,
    `n - 1 ${operator} 9007199254740992`,
    `MOD(n, 7) ${operator} 3`,
    `d ${operator} ${random.pick(['1.5', '-0.0001', '9007199254740.5', '0'])}`,
    `0.5 * d ${operator} n`,
    `x ${operator} 0.5e0`,
    `x * i ${operator} 12e0`,
    `n IN (1, 12, ${integer})`,
    `n NOT IN (1, NULL)`,
    `n BETWEEN -7 AND ${integer}`,
    `s ${operator} ${text}`,
    `s IN (${text}, 'abc', 'é')`,
    `s LIKE '${random.pick(['a', 'ab', 'é', '', '\u{1f600}'])}%'`,
    `s LIKE '%b_'`,
    's IS NULL',
    `UPPER(s) = 'ABC'`,
    `y ${operator} DATE '2026-11-24'`,
    `\`at\` ${operator} TIMESTAMP '2026-11-24 00:01:30'`,
    `twice ${operator} 14`,
    `ms IS DISTINCT FROM n`,
    `COALESCE(i, 7) = 7`,
    'TRUE',
    'FALSE',
    'CAST(NULL AS BOOLEAN)',
  ]);
}
