-- Two INSERTs read different aggregates of one view, a third writes its query out and filters: the groups are kept once, the filter stays with its reader.
CREATE VIEW per_city AS SELECT city, COUNT(*) AS n, SUM(amount) AS total, MAX(ts) AS newest FROM orders WHERE status <> 'CANCELED' GROUP BY city;
CREATE TABLE counts (city STRING, n BIGINT, PRIMARY KEY (city) NOT ENFORCED) WITH ('connector' = 'upsert-kafka');
CREATE TABLE totals (city STRING, total DECIMAL(38, 2), PRIMARY KEY (city) NOT ENFORCED) WITH ('connector' = 'upsert-kafka');
CREATE TABLE big (city STRING, share DECIMAL(38, 6), PRIMARY KEY (city) NOT ENFORCED) WITH ('connector' = 'upsert-kafka');
INSERT INTO counts SELECT city, n FROM per_city;
INSERT INTO totals SELECT city, total FROM per_city WHERE total > 100;
INSERT INTO big SELECT town, total / number FROM
  (SELECT city AS town, COUNT(*) AS number, SUM(amount) AS total, MAX(ts) AS latest FROM orders WHERE status <> 'CANCELED' GROUP BY city)
  WHERE town <> 'X';
