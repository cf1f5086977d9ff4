import { ordersTable } from '@millrace/connectors/demo-tables';

/** The food-delivery demo: one job that feeds the topics, two that work on them. Plain jobs, created through the API. */
export interface DemoJob {
  readonly name: string;
  readonly comment: string;
  readonly sql: string;
  readonly parallelism: number;
  readonly guarantee: 'at-least-once' | 'exactly-once';
  readonly deadLetterTopic?: string;
}

export const DEMO_TOPICS = ['orders', 'payments', 'rider_positions'] as const;

const feed = (table: string, rowsPerSecond: number, extra: string) => `
CREATE TABLE generated_${table} (\`key\` STRING, \`value\` STRING)
WITH ('connector' = 'demo', 'dataset' = '${table}', 'rows-per-second' = '${rowsPerSecond}'${extra});

CREATE TABLE ${table} (\`key\` STRING, \`value\` STRING)
WITH ('connector' = 'kafka', 'topic' = '${table}', 'key.format' = 'raw', 'key.fields' = 'key',
      'value.format' = 'raw', 'value.fields-include' = 'EXCEPT_KEY');

INSERT INTO ${table} SELECT \`key\`, \`value\` FROM generated_${table};
`;

const CITY_GMV = `CREATE TABLE city_gmv (
  window_start TIMESTAMP(3) NOT NULL,
  window_end   TIMESTAMP(3) NOT NULL,
  city         STRING NOT NULL,
  orders       BIGINT,
  gmv          DECIMAL(38, 2),
  PRIMARY KEY (window_start, city) NOT ENFORCED
)`;

/** Where the turnover goes: a table of the warehouse, or a topic where PostgreSQL is somebody else's and has none. */
const SINKS = {
  warehouse: `${CITY_GMV} WITH (
  'connector' = 'jdbc',
  'connection' = 'warehouse',
  'table-name' = 'city_gmv',
  'sink.create-table' = 'true'
);`,
  topic: `${CITY_GMV} WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'city_gmv',
  'key.format' = 'json',
  'value.format' = 'json'
);`,
} as const;

/** `results`: where the turnover per city goes. */
export function demoJobs(results: keyof typeof SINKS): readonly DemoJob[] {
  return [
    {
      name: 'demo-feed',
      comment: 'Generates the food-delivery demo: orders, payments and rider positions, some late, a few malformed.',
      parallelism: 1,
      guarantee: 'at-least-once',
      sql: [
        feed('orders', 200, ", 'out-of-orderness' = '3 s', 'late-ratio' = '0.002', 'malformed-ratio' = '0.001'"),
        feed('payments', 120, ", 'out-of-orderness' = '2 s', 'malformed-ratio' = '0.0005'"),
        feed('rider_positions', 300, ", 'out-of-orderness' = '1 s'"),
      ].join(''),
    },
    {
      name: 'city-gmv',
      comment: `Orders and turnover per city and minute, exactly once into ${results === 'warehouse' ? 'the warehouse' : 'a topic'}.`,
      parallelism: 1,
      guarantee: 'exactly-once',
      deadLetterTopic: 'city-gmv.dead-letters',
      sql: `${ordersTable('earliest-offset')}
${SINKS[results]}

INSERT INTO city_gmv
SELECT window_start, window_end, city, COUNT(*) AS orders, SUM(amount) AS gmv
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
WHERE city IS NOT NULL
GROUP BY window_start, window_end, city;
`,
    },
  ];
}
