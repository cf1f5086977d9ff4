CREATE TABLE stays (guest STRING, arrived TIMESTAMP(3), left_at TIMESTAMP(3), grace INTERVAL DAY TO SECOND, notice INTERVAL YEAR TO MONTH,
  nights AS (left_at - arrived) DAY) WITH ('connector'='kafka','topic'='stays','format'='json');
CREATE TABLE lengths (guest STRING, longest INTERVAL DAY, total BIGINT, shown STRING, months INTERVAL YEAR TO MONTH, due TIMESTAMP(3),
  parts ROW<d INTERVAL SECOND, m INTERVAL MONTH>) WITH ('connector'='print');
INSERT INTO lengths
SELECT guest, MAX(nights + 2 * grace), SUM(CAST(nights AS BIGINT)), CAST(MIN(nights) AS STRING), LAST_VALUE(-notice), MIN(arrived + grace),
  LAST_VALUE(ROW(grace, COALESCE(notice, INTERVAL '1' MONTH)))
FROM stays WHERE nights > INTERVAL '1' DAY AND grace IS DISTINCT FROM INTERVAL '0' SECOND GROUP BY guest;
INSERT INTO lengths (longest, months)
SELECT longest, notice * 2 FROM (SELECT nights AS longest, notice, ROW_NUMBER() OVER (PARTITION BY notice ORDER BY nights DESC) AS place FROM stays)
WHERE place <= 3;
