/**
 * The door to the demo's topics as SQL tables: the columns of what `events.ts` makes, for the demo's own jobs and for the
 * templates people start from. Reaches no client library.
 */

/** Where a job that has no checkpoint begins to read. */
export type DemoStart = 'earliest-offset' | 'latest-offset';

/** `CREATE TABLE orders ...;` with event time, ending in a line break. */
export function ordersTable(start: DemoStart): string {
  return `CREATE TABLE orders (
  order_id BIGINT,
  city     STRING,
  shop_id  BIGINT,
  amount   DECIMAL(10, 2),
  status   STRING,
  ts       TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'orders',
  'scan.startup.mode' = '${start}',
  'format' = 'json'
);
`;
}
