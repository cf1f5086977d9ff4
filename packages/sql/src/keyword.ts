const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Words that cannot name a column, table or alias unless quoted with backticks: the skeleton of the grammar. */
export const RESERVED = words(`
  SELECT FROM WHERE GROUP HAVING ORDER LIMIT OFFSET FETCH UNION INTERSECT EXCEPT JOIN LEFT RIGHT FULL INNER CROSS
  NATURAL ON USING AS WITH WHEN THEN ELSE END CASE AND OR NOT IN IS BETWEEN LIKE BY INTO INSERT CREATE TABLE VALUES
  CAST TRY_CAST NULL TRUE FALSE DISTINCT EXISTS INTERVAL WINDOW OVER MATCH_RECOGNIZE FOR SIMILAR ALL`);

/** Words that end a select item or a table reference, so that they are never read as an alias. */
export const NEVER_ALIAS = new Set([...RESERVED, 'EMIT', 'TABLESAMPLE', 'MINUS', 'SET', 'PARTITION']);

/** Words that open a statement: the parser resumes at them after an error. */
export const STATEMENT_STARTS = words(`
  SELECT INSERT CREATE ALTER DROP SET RESET SHOW DESCRIBE DESC USE EXPLAIN WITH VALUES BEGIN EXECUTE UPDATE DELETE
  TRUNCATE ANALYZE CALL LOAD UNLOAD ADD REMOVE`);

/** Time units of INTERVAL, EXTRACT, FLOOR ... TO; the plural is allowed where Flink allows it. */
export const TIME_UNITS = [
  'MILLISECOND',
  'SECOND',
  'MINUTE',
  'HOUR',
  'DAY',
  'WEEK',
  'MONTH',
  'QUARTER',
  'YEAR',
] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** The singular unit named by `word` (upper case), plural or not. */
export function timeUnitOf(word: string): TimeUnit | undefined {
  return TIME_UNITS.find((unit) => unit === word || `${unit}S` === word);
}

/** Everything an editor colours as a keyword. */
export const KEYWORDS: readonly string[] = [
  ...new Set([
    ...NEVER_ALIAS,
    ...STATEMENT_STARTS,
    ...TIME_UNITS,
    ...words(`TEMPORARY VIEW IF PRIMARY KEY ENFORCED METADATA VIRTUAL WATERMARK COMMENT STATEMENT DESCRIPTOR ESCAPE FILTER
      EXTRACT FUNCTION AGGREGATE RETURNS LANGUAGE JAVASCRIPT DETERMINISTIC LATERAL DATE TIME TIMESTAMP UNKNOWN BOTH LEADING TRAILING ASC`),
  ]),
].sort();
