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
    title: 'Turnover per minute into PostgreSQL',
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
  {
    title: 'Running totals per city into PostgreSQL',
    sql: `${ORDERS}
CREATE TABLE city_totals (
  city     STRING NOT NULL,
  orders   BIGINT,
  turnover DECIMAL(38, 2),
  PRIMARY KEY (city) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'connection' = 'warehouse',
  'table-name' = 'city_totals',
  'sink.create-table' = 'true'
);

-- Without a window every order replaces the row of its city.
INSERT INTO city_totals
SELECT city, COUNT(*), SUM(amount)
FROM orders
WHERE city IS NOT NULL
GROUP BY city;
`,
  },
  {
    title: 'Three largest orders of each city into PostgreSQL',
    sql: `${ORDERS}
CREATE TABLE largest_orders (
  city     STRING NOT NULL,
  place    BIGINT NOT NULL,
  order_id BIGINT,
  amount   DECIMAL(10, 2),
  PRIMARY KEY (city, place) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'connection' = 'warehouse',
  'table-name' = 'largest_orders',
  'sink.create-table' = 'true'
);

INSERT INTO largest_orders
SELECT city, place, order_id, amount
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY city ORDER BY amount DESC) AS place
  FROM orders
  WHERE city IS NOT NULL
)
WHERE place <= 3;
`,
  },
];
