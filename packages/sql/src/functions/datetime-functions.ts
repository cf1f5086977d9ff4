import type { DataType, TimestampType } from '@millrace/model';
import { type Expression, formatTokens } from '@millrace/plan';
import { coerce, isUntypedNull } from '../bind/coerce.ts';
import { integerLiteral, stringLiteral } from '../bind/literal.ts';
import { zoneOf } from '../bind/point-in-time.ts';
import { isFormatFine } from '../bind/text-pattern.ts';
import { isInteger } from '../bind/type-rule.ts';
import { bindExtract, bindTimestampAdd, bindTimestampDiff } from './datetime-unit.ts';
import { type BoundCall, type FunctionDefinition, matchArguments, nullableCall, strictCall } from './definition.ts';
import { bindIntervalField } from './interval-field.ts';

const STRING: DataType = { kind: 'string', nullable: true };
const BIGINT: DataType = { kind: 'bigint', nullable: true };
const TIMESTAMP: TimestampType = { kind: 'timestamp', precision: 3, nullable: true };
const TIME: DataType = { kind: 'time', precision: 0, nullable: true };
const TIMESTAMP_LTZ: TimestampType = { kind: 'timestamp_ltz', precision: 3, nullable: true };

const CURRENT: Expression = {
  kind: 'call',
  name: 'current-timestamp',
  args: [],
  type: { ...TIMESTAMP_LTZ, nullable: false },
};
/** The clock, as a time attribute. */
export const PROCTIME: Expression = {
  kind: 'call',
  name: 'proctime',
  args: [],
  type: { ...TIMESTAMP_LTZ, nullable: false },
};
const TODAY: Expression = { kind: 'call', name: 'current-date', args: [], type: { kind: 'date', nullable: false } };

function part(name: string, unit: string, help: string): FunctionDefinition {
  return {
    name,
    group: 'date and time',
    signatures: [`${name}(date or timestamp) -> BIGINT`],
    help,
    bind(call) {
      const [interval, ...more] = call.args;
      if (interval?.type.kind === 'interval' && more.length === 0) return bindIntervalField(unit, interval, call);
      const args = matchArguments(call, ['datetime']);
      return args && strictCall('extract', [stringLiteral(unit), ...args], BIGINT);
    },
  };
}

function constant(name: string, signature: string, help: string, value: Expression): FunctionDefinition {
  const bind = (call: BoundCall) => matchArguments(call, []) && value;
  return { name, group: 'date and time', signatures: [signature], help, bind };
}

/** TO_TIMESTAMP_LTZ(number [, digits]): so many 10^-digits seconds since the epoch; TO_TIMESTAMP_LTZ(text [, format [, zone]]). */
function bindToTimestampLtz(call: BoundCall): Expression | undefined {
  const [value, precision] = call.args;
  if (value?.type.kind === 'string' && !isUntypedNull(value)) return bindTextInZone(call);
  const isWhole = value === undefined || isUntypedNull(value) || isInteger(value.type);
  const args = matchArguments(call, [isWhole ? 'bigint' : 'double', 'integer'], { required: 1 });
  if (args === undefined) return undefined;
  const digits = precision === undefined ? 3 : precision.kind === 'literal' ? Number(precision.value) : undefined;
  if (digits === undefined || !(digits >= 0 && digits <= 9)) {
    const message =
      'The precision of TO_TIMESTAMP_LTZ is a number from 0 to 9: 0 for seconds, 3 for milliseconds, 6 for microseconds, 9 for nanoseconds.';
    return call.report.error('sql.wrong-arguments', call.argSpans[1] ?? call.span, message);
  }
  const [epoch] = args;
  const type: DataType = { ...TIMESTAMP_LTZ, precision: Math.max(3, digits) };
  return epoch && nullableCall('to-timestamp-ltz', [epoch, integerLiteral(BigInt(digits), 'integer')], type);
}

/** How many S a constant format has; three at least, as Flink has it. */
function digitsOf(format: Expression | undefined): number {
  if (format?.kind !== 'literal' || typeof format.value !== 'string') return 3;
  const widths = formatTokens(format.value).map((token) =>
    token.kind === 'letter' && token.letter === 'S' ? token.width : 0,
  );
  return Math.min(9, Math.max(3, ...widths));
}

function bindTextInZone(call: BoundCall): Expression | undefined {
  const args = matchArguments(call, ['string', 'string', 'string'], { required: 1 });
  const [text, format, named] = args ?? [];
  if (text === undefined || !isFormatFine(call, 1)) return undefined;
  const zone = named === undefined ? stringLiteral('UTC') : zoneOf(named, call.argSpans[2] ?? call.span, call.report);
  const precision = digitsOf(format);
  const local = nullableCall('to-timestamp', format === undefined ? [text] : [text, format], {
    ...TIMESTAMP,
    precision,
  });
  return zone && nullableCall('instant', [local, zone], { ...TIMESTAMP_LTZ, precision });
}

function bindDateFormat(call: BoundCall): Expression | undefined {
  const [first, format] = call.args;
  const asTime = first?.type.kind === 'string' ? coerce(first, TIMESTAMP) : first;
  const args = matchArguments(
    { ...call, args: [asTime, format, ...call.args.slice(2)].filter((arg) => arg !== undefined) },
    ['timestamp', 'string'],
  );
  return args && isFormatFine(call, 1) ? nullableCall('date-format', args, STRING) : undefined;
}

/** CONVERT_TZ(text, from, to). */
function bindConvertZone(call: BoundCall): Expression | undefined {
  const args = matchArguments(call, ['string', 'string', 'string']);
  const [text, ...named] = args ?? [];
  if (text === undefined) return undefined;
  const [from, to] = named.map((zone, at) => zoneOf(zone, call.argSpans[at + 1] ?? call.span, call.report));
  if (from === undefined || to === undefined) return undefined;
  const parsed = nullableCall('to-timestamp', [text], TIMESTAMP);
  const local = strictCall('local-time', [strictCall('instant', [parsed, from], TIMESTAMP_LTZ), to], TIMESTAMP);
  return nullableCall('date-format', [local, stringLiteral('yyyy-MM-dd HH:mm:ss')], STRING);
}

function bindWatermark(call: BoundCall): Expression | undefined {
  const [time] = matchArguments(call, ['timestamp']) ?? [];
  if (time === undefined) return undefined;
  if (call.isEventTime === undefined) {
    const message =
      'CURRENT_WATERMARK stands in WHERE, and in SELECT without GROUP BY, over one table: filter in FROM (SELECT ...).';
    return call.report.error('sql.unsupported', call.span, message);
  }
  if (time.type.kind !== 'string' && call.isEventTime(time)) {
    return nullableCall('current-watermark', [time], { ...time.type, nullable: true });
  }
  const message = 'CURRENT_WATERMARK takes the event-time column of the rows, the one of WATERMARK FOR.';
  return call.report.error('sql.wrong-arguments', call.argSpans[0] ?? call.span, message);
}

export const DATETIME_FUNCTIONS: readonly FunctionDefinition[] = [
  {
    name: 'EXTRACT',
    group: 'date and time',
    signatures: ['EXTRACT(unit FROM date, timestamp or interval) -> BIGINT'],
    help: 'A part of a time: YEAR, MONTH, DAY, HOUR, ...',
    bind: bindExtract,
  },
  part('YEAR', 'YEAR', 'The year.'),
  part('QUARTER', 'QUARTER', 'The quarter, 1 to 4.'),
  part('MONTH', 'MONTH', 'The month, 1 to 12.'),
  part('WEEK', 'WEEK', 'The ISO week of the year, 1 to 53.'),
  part('DAYOFYEAR', 'DOY', 'The day of the year, 1 to 366.'),
  part('DAYOFMONTH', 'DAY', 'The day of the month, 1 to 31.'),
  part('DAYOFWEEK', 'DOW', 'The day of the week, 1 (Sunday) to 7.'),
  part('HOUR', 'HOUR', 'The hour, 0 to 23.'),
  part('MINUTE', 'MINUTE', 'The minute, 0 to 59.'),
  part('SECOND', 'SECOND', 'The second, 0 to 59.'),
  {
    name: 'DATE_FORMAT',
    group: 'date and time',
    signatures: ["DATE_FORMAT(timestamp, 'yyyy-MM-dd HH:mm:ss') -> STRING"],
    help: 'A time as text, in the letters of Java date formats.',
    bind: bindDateFormat,
  },
  {
    name: 'TO_TIMESTAMP',
    group: 'date and time',
    signatures: ["TO_TIMESTAMP(text [, 'yyyy-MM-dd HH:mm:ss']) -> TIMESTAMP(3)"],
    help: 'A text as a time, to the millisecond; NULL if it is none. CAST(text AS TIMESTAMP(6)) keeps more digits.',
    bind(call) {
      const args = matchArguments(call, ['string', 'string'], { required: 1 });
      return args && isFormatFine(call, 1) ? nullableCall('to-timestamp', args, TIMESTAMP) : undefined;
    },
  },
  {
    name: 'TO_TIMESTAMP_LTZ',
    group: 'date and time',
    signatures: [
      'TO_TIMESTAMP_LTZ(epoch [, precision]) -> TIMESTAMP_LTZ(3) or, of precision 4 to 9, TIMESTAMP_LTZ(precision)',
      "TO_TIMESTAMP_LTZ(text [, 'yyyy-MM-dd HH:mm:ss.SSS' [, 'UTC']]) -> TIMESTAMP_LTZ(3)",
    ],
    help: 'Epoch seconds (0), milliseconds (3), microseconds (6) or nanoseconds (9), or a text in a zone, UTC unless said, as a moment; NULL if it is none.',
    bind: bindToTimestampLtz,
  },
  {
    name: 'TIMESTAMPADD',
    group: 'date and time',
    signatures: ['TIMESTAMPADD(unit, count INT, time) -> time'],
    help: 'A time moved by a number of units.',
    bind: bindTimestampAdd,
  },
  {
    name: 'TIMESTAMPDIFF',
    group: 'date and time',
    signatures: ['TIMESTAMPDIFF(unit, from, to) -> INT'],
    help: 'Whole units from one time to another.',
    bind: bindTimestampDiff,
  },
  {
    name: 'UNIX_TIMESTAMP',
    group: 'date and time',
    signatures: ['UNIX_TIMESTAMP() -> BIGINT', "UNIX_TIMESTAMP(text [, 'yyyy-MM-dd HH:mm:ss']) -> BIGINT"],
    help: 'Epoch seconds, now or of a text in the time zone of the session; NULL if it is no time.',
    bind(call) {
      const args = matchArguments(call, ['string', 'string'], { required: 0 });
      if (args === undefined || !isFormatFine(call, 1)) return undefined;
      const build = args.length === 0 ? strictCall : nullableCall;
      return build('unix-timestamp', args, BIGINT);
    },
  },
  {
    name: 'FROM_UNIXTIME',
    group: 'date and time',
    signatures: ["FROM_UNIXTIME(seconds BIGINT [, 'yyyy-MM-dd HH:mm:ss']) -> STRING"],
    help: 'Epoch seconds as text, in the time zone of the session.',
    bind(call) {
      const args = matchArguments(call, ['bigint', 'string'], { required: 1 });
      return args && isFormatFine(call, 1) ? nullableCall('from-unixtime', args, STRING) : undefined;
    },
  },
  {
    name: 'CONVERT_TZ',
    group: 'date and time',
    signatures: ["CONVERT_TZ(text, 'UTC', 'Europe/Berlin') -> STRING"],
    help: 'What a clock in the second zone shows when one in the first shows the text; NULL if it is no time.',
    bind: bindConvertZone,
  },
  {
    name: 'TO_DATE',
    group: 'date and time',
    signatures: ["TO_DATE(text [, 'yyyy-MM-dd']) -> DATE"],
    help: 'A text as a date; NULL if it is none.',
    bind(call) {
      const args = matchArguments(call, ['string', 'string'], { required: 1 });
      return args && isFormatFine(call, 1)
        ? nullableCall('to-date', args, { kind: 'date', nullable: true })
        : undefined;
    },
  },
  {
    name: 'CURRENT_WATERMARK',
    group: 'date and time',
    signatures: ['CURRENT_WATERMARK(event time) -> the kind of the event time'],
    help: 'How far the time of the table had come when the row was processed; NULL before its first watermark.',
    bind: bindWatermark,
  },
  constant(
    'CURRENT_ROW_TIMESTAMP',
    'CURRENT_ROW_TIMESTAMP() -> TIMESTAMP_LTZ(3)',
    'Now, when the record is processed.',
    CURRENT,
  ),
  constant(
    'CURRENT_TIME',
    'CURRENT_TIME -> TIME(0)',
    'The time of day now, in the time zone of the session.',
    coerce(CURRENT, TIME),
  ),
  constant(
    'LOCALTIME',
    'LOCALTIME -> TIME(0)',
    'The time of day now, in the time zone of the session.',
    coerce(CURRENT, TIME),
  ),
  constant('CURRENT_TIMESTAMP', 'CURRENT_TIMESTAMP -> TIMESTAMP_LTZ(3)', 'Now, when the record is processed.', CURRENT),
  constant(
    'PROCTIME',
    'PROCTIME() -> TIMESTAMP_LTZ(3)',
    'The processing-time attribute: as a computed column of a table it can be windowed on.',
    PROCTIME,
  ),
  constant('NOW', 'NOW() -> TIMESTAMP_LTZ(3)', 'Now, when the record is processed.', CURRENT),
  constant(
    'LOCALTIMESTAMP',
    'LOCALTIMESTAMP -> TIMESTAMP(3)',
    'Now, in the time zone of the session.',
    coerce(CURRENT, TIMESTAMP),
  ),
  constant('CURRENT_DATE', 'CURRENT_DATE -> DATE', 'Today, in the time zone of the session.', TODAY),
];
