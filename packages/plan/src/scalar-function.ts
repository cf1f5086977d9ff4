/**
 * Every scalar function a plan may call. `@millrace/sql` knows their names, signatures and help;
 * `@millrace/operators` knows how to compute them. NULL in, NULL out unless said otherwise.
 *
 * Three-valued logic for `and`, `or`, `not`. Integer arithmetic wraps at the width of its type as in
 * Java; division of integers truncates; division of integers
 * and DECIMAL by zero fails the record (TRY is `nullif`), of FLOAT and DOUBLE it is IEEE 754, as in Flink.
 * `similar-regexp` is true when any part of the text matches a regular expression.
 * `datetime-plus` adds an INTERVAL to a DATE, TIME, TIMESTAMP or TIMESTAMP_LTZ; `datetime-diff-ms`
 * subtracts two of them. Character positions count from 1. `extract` and `date-trunc` take the unit as a STRING literal
 * first, in upper case. Arguments stand in the order of the SQL function's parameters; `trim`, `ltrim`, `rtrim` take (text
 * [, characters]), `position` (part, text), `like` (text, pattern [, escape]), `to-timestamp-ltz` (epoch, 0 for seconds or 3 for ms).
 * `similar-regexp` is true when the regular expression matches anywhere (REGEXP). `in` takes the value, then the list.
 * Functions marked with * are not deterministic: they see the processing-time clock.
 */
export const SCALAR_FUNCTIONS = [
  // comparison and logic
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'is-distinct-from',
  'is-not-distinct-from',
  'and',
  'or',
  'not',
  'is-null',
  'is-not-null',
  'is-true',
  'is-not-true',
  'is-false',
  'is-not-false',
  'in',
  'like',
  'similar-regexp',
  // arithmetic
  '+',
  '-',
  '*',
  '/',
  '%',
  'negate',
  'abs',
  'ceil',
  'floor',
  'round',
  'truncate',
  'sign',
  'power',
  'sqrt',
  'exp',
  'ln',
  'log10',
  // conditional
  'coalesce',
  'nullif',
  'greatest',
  'least',
  // strings
  'concat',
  'concat-ws',
  'upper',
  'lower',
  'char-length',
  'trim',
  'ltrim',
  'rtrim',
  'substring',
  'position',
  'replace',
  'left',
  'right',
  'lpad',
  'rpad',
  'repeat',
  'reverse',
  'initcap',
  'split-index',
  'regexp-replace',
  'regexp-extract',
  'md5',
  'sha256',
  // ROW, ARRAY, MAP: constructors (`map` takes keys and values in turn); `row-field` takes the row and the index of the field as an
  // INTEGER literal; elements of arrays count from 1; NULL where there is none
  'row',
  'array',
  'map',
  'row-field',
  'array-element',
  'map-element',
  'cardinality',
  'element',
  'array-contains',
  'array-position',
  'array-distinct',
  'array-remove',
  'array-reverse',
  'array-slice',
  'array-union',
  'array-intersect',
  'array-except',
  'array-concat',
  'array-append',
  'array-prepend',
  'array-max',
  'array-min',
  'array-sort',
  'array-join',
  'map-keys',
  'map-values',
  'map-entries',
  'map-from-arrays',
  'map-union',
  'split',
  'str-to-map',
  // JSON: value at a path such as $.a.b[0]; a missing path gives NULL
  'json-value',
  'json-exists',
  // date and time
  'datetime-plus',
  'datetime-diff-ms',
  'extract',
  'date-trunc',
  'to-timestamp-ltz',
  'to-timestamp',
  'date-format',
  'unix-timestamp',
  'from-unixtime',
  'current-timestamp' /* * */,
  'proctime' /* * the same moment as a processing-time attribute */,
  'current-date' /* * */,
] as const;

export type ScalarFunction = (typeof SCALAR_FUNCTIONS)[number];
