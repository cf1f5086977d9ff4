import { DEMO_TABLES } from './demo-tables.ts';

/** The demo's tables, and others to join and take apart. */
export const JOIN_TABLES = `${DEMO_TABLES}
CREATE TABLE payments (order_id BIGINT, paid DECIMAL(12, 4), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector'='kafka','topic'='payments','format'='json');
CREATE TABLE rates (currency STRING, rate DOUBLE, at TIMESTAMP(3), WATERMARK FOR at AS at,
  PRIMARY KEY (currency) NOT ENFORCED)
WITH ('connector'='kafka','topic'='rates','format'='json');
CREATE TABLE carts (cart_id BIGINT, tags ARRAY<STRING>, props MAP<STRING, INT>, r ROW<a INT, b ROW<c STRING>>,
  lines ARRAY<ROW<sku STRING, qty INT>>)
WITH ('connector'='kafka','topic'='carts','format'='json');
`;
