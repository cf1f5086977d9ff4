/** The tables of the demo, for tests. */
export const DEMO_TABLES = `
CREATE TABLE orders (order_id BIGINT, city STRING, shop_id BIGINT, amount DECIMAL(10,2), status STRING, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector'='kafka','topic'='orders','format'='json','scan.startup.mode'='earliest-offset');
CREATE TABLE big_orders (order_id BIGINT, city STRING, amount DECIMAL(10,2))
WITH ('connector'='kafka','topic'='big_orders','format'='json');
CREATE TABLE city_gmv (window_start TIMESTAMP(3), window_end TIMESTAMP(3), city STRING, orders BIGINT, gmv DECIMAL(38,2),
  PRIMARY KEY (window_start, city) NOT ENFORCED)
WITH ('connector'='jdbc','url'='jdbc:postgresql://localhost/demo','table-name'='city_gmv');
`;
