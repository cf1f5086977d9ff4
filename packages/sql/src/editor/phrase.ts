/**
 * Words as the grammar asks for them, and what an editor proposes instead: the whole phrase, for a person never wants `GROUP`
 * alone. An empty list: the parser knows the word only to refuse it, or nobody needs it proposed.
 */
const PHRASES: Readonly<Record<string, readonly string[]>> = {
  GROUP: ['GROUP BY'],
  ORDER: ['ORDER BY'],
  PARTITION: ['PARTITION BY'],
  LEFT: ['LEFT JOIN'],
  RIGHT: ['RIGHT JOIN'],
  FULL: ['FULL JOIN'],
  INNER: ['INNER JOIN'],
  CROSS: ['CROSS JOIN'],
  UNBOUNDED: ['UNBOUNDED PRECEDING'],
  UNION: ['UNION ALL', 'UNION'],
  'UNNEST (': ['UNNEST('],
  INSERT: ['INSERT INTO'],
  FETCH: ['FETCH FIRST'],
  ROWS: ['ROWS BETWEEN'],
  RANGE: ['RANGE BETWEEN'],
  ONE: ['ONE ROW PER MATCH'],
  AFTER: ['AFTER MATCH SKIP'],
  PAST: ['PAST LAST ROW'],
  'FOR SYSTEM_TIME': ['FOR SYSTEM_TIME AS OF'],
  'BEGIN STATEMENT SET': [],
  'EXECUTE STATEMENT SET': ['EXECUTE STATEMENT SET BEGIN'],
  PRIMARY: ['PRIMARY KEY'],
  SIMILAR: ['SIMILAR TO'],
  'FILTER (': ['FILTER (WHERE'],
  'ROLLUP (': ['ROLLUP ('],
  'CUBE (': ['CUBE ('],
  PARTITIONED: ['PARTITIONED BY'],
  'WITH TIME ZONE': [],
  CATALOG: [],
  SYSTEM: [],
  OR: [],
  ASYMMETRIC: [],
  CONSTRAINT: [],
  EXISTS: [],
  FINAL: [],
  MINUS: [],
  NATURAL: ['NATURAL JOIN'],
};

/** Words without symbols: they are proposed as they are. */
const PLAIN = /^[A-Z_]+(?: [A-Z_]+)*$/;

export function phrasesOf(word: string): readonly string[] {
  if (Object.hasOwn(PHRASES, word)) return PHRASES[word] ?? [];
  return PLAIN.test(word) ? [word] : [];
}
