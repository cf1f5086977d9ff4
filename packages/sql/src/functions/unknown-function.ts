import type { FunctionCall } from '../ast.ts';
import type { Report } from '../diagnostic.ts';
import { didYouMean } from '../suggestion.ts';
import { FUNCTION_NAMES } from './catalog.ts';

/** Tells that no function is called so, and what was probably meant. */
export function unknownFunction(expr: FunctionCall, report: Report): undefined {
  const name = expr.name.text.toUpperCase();
  if (Object.hasOwn(UNSUPPORTED, name)) {
    return report.error('sql.unsupported', expr.name, `${name} is not supported yet; ${UNSUPPORTED[name]}.`);
  }
  const elsewhere = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined;
  if (elsewhere !== undefined) {
    const insert = /^[A-Z_]+$/.exec(elsewhere)?.[0];
    const fix =
      insert === undefined
        ? undefined
        : { title: `Change to ${insert}`, insert, from: expr.name.from, to: expr.name.to };
    return report.error('sql.unknown-function', expr.name, `No function ${name}: here it is ${elsewhere}.`, fix);
  }
  const { hint, fix } = didYouMean(expr.name.text, expr.name, [...declaredNames(expr), ...FUNCTION_NAMES]);
  return report.error('sql.unknown-function', expr.name, `No function ${name}.${hint}`, fix);
}

/** Those of the script itself. */
function declaredNames({ declared }: FunctionCall): readonly string[] {
  return [...declared.values()].flatMap((one) => (one === 'broken' ? [] : one.name.text));
}

/** Flink has them. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  CUME_DIST: 'a stream does not know the rows that follow; count the rows so far with COUNT(*) OVER (...)',
  PERCENT_RANK: 'a stream does not know the rows that follow; count the rows so far with COUNT(*) OVER (...)',
  PARSE_JSON: 'there is no VARIANT; keep the text and read it with JSON_VALUE and JSON_QUERY',
  TRY_PARSE_JSON: 'there is no VARIANT; keep the text and read it with JSON_VALUE and JSON_QUERY',
  ML_PREDICT: 'there are no models; write a function: CREATE FUNCTION ... LANGUAGE JAVASCRIPT',
};

/** What functions of other dialects are called here. One word: it takes the same arguments. */
const ELSEWHERE: Readonly<Record<string, string | undefined>> = {
  NVL: 'COALESCE',
  ISNULL: 'IS NULL, or COALESCE for a replacement',
  IIF: 'IF',
  LEN: 'CHAR_LENGTH',
  UCASE: 'UPPER',
  LCASE: 'LOWER',
  POW: 'POWER',
  TRUNC: 'TRUNCATE',
  RANDOM: 'RAND',
  STRPOS: 'INSTR',
  SPLIT_PART: "SPLIT_INDEX(text, ',', index), which counts from 0",
  STRING_AGG: 'LISTAGG',
  GROUP_CONCAT: 'LISTAGG',
  WM_CONCAT: 'LISTAGG',
  COLLECT_LIST: 'ARRAY_AGG',
  COLLECT_SET: 'COLLECT(DISTINCT value)',
  ANY_VALUE: 'FIRST_VALUE',
  GETDATE: 'CURRENT_TIMESTAMP',
  SYSDATE: 'CURRENT_TIMESTAMP',
  DATEDIFF: 'TIMESTAMPDIFF(DAY, from, to)',
  DATE_DIFF: 'TIMESTAMPDIFF(DAY, from, to)',
  DATE_ADD: "time + INTERVAL '1' DAY",
  DATE_SUB: "time - INTERVAL '1' DAY",
  DATE_TRUNC: 'FLOOR(time TO HOUR)',
  DATE_PART: 'EXTRACT(HOUR FROM time)',
  TO_CHAR: "DATE_FORMAT(time, 'yyyy-MM-dd HH:mm:ss')",
  STR_TO_DATE: "TO_DATE(text, 'yyyy-MM-dd')",
  FROM_UNIXTIME_MS: 'TO_TIMESTAMP_LTZ(milliseconds, 3)',
  GET_JSON_OBJECT: 'JSON_VALUE',
  JSON_EXTRACT: 'JSON_QUERY',
  SIZE: 'CARDINALITY',
  EXPLODE: 'CROSS JOIN UNNEST(array)',
  APPROX_DISTINCT: 'APPROX_COUNT_DISTINCT',
  MEDIAN: 'PERCENTILE(number, 0.5)',
  PERCENTILE_CONT: 'PERCENTILE(number, fraction)',
};
