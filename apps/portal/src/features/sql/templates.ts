import { ordersTable } from '@millrace/connectors/demo-tables';

/** Programs to start from; all run on the food-delivery demo's topics. */
export interface Template {
  readonly title: string;
  readonly sql: string;
}

const ORDERS = ordersTable('latest-offset');

export const TEMPLATES: readonly Template[] = [
  {
    title: 'Orders per city and minute',
    sql: `${ORDERS}
CREATE TABLE orders_per_city (
  window_start TIMESTAMP(3),
  city         STRING,
  orders       BIGINT,
  turnover     DECIMAL(38, 2)
) WITH (
  'connector' = 'kafka',
  'topic' = 'orders_per_city',
  'format' = 'json'
);

INSERT INTO orders_per_city
SELECT window_start, city, COUNT(*) AS orders, SUM(amount) AS turnover
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, city;
`,
  },
  {
    title: 'Filter large orders',
    sql: `${ORDERS}
CREATE TABLE large_orders (
  order_id BIGINT,
  city     STRING,
  amount   DECIMAL(10, 2)
) WITH (
  'connector' = 'kafka',
  'topic' = 'large_orders',
  'format' = 'json'
);

INSERT INTO large_orders
SELECT order_id, UPPER(city), amount
FROM orders
WHERE amount > 100;
`,
  },
  {
    title: 'Turnover into PostgreSQL',
    sql: `${ORDERS}
CREATE TABLE turnover_per_minute (
  window_start TIMESTAMP(3) NOT NULL,
  city         STRING NOT NULL,
  turnover     DECIMAL(38, 2),
  PRIMARY KEY (window_start, city) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'connection' = 'warehouse',
  'table-name' = 'turnover_per_minute',
  'sink.create-table' = 'true'
);

INSERT INTO turnover_per_minute
SELECT window_start, city, SUM(amount)
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
WHERE city IS NOT NULL
GROUP BY window_start, window_end, city;
`,
  },
];
