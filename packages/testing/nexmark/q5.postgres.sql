-- q5 as PostgreSQL writes it
WITH hop AS (
  SELECT auction, COUNT(*) AS num, g AS starttime
  FROM bid, generate_series(date_bin('2 seconds', dateTime, '2026-01-01') - interval '8 seconds', date_bin('2 seconds', dateTime, '2026-01-01'), interval '2 seconds') g
  GROUP BY auction, g
)
SELECT a.auction, a.num FROM hop a JOIN (SELECT MAX(num) AS maxn, starttime FROM hop GROUP BY starttime) m
ON a.starttime = m.starttime AND a.num >= m.maxn;
