-- q11 as PostgreSQL writes it
SELECT bidder, COUNT(*), MIN(dateTime), MAX(dateTime) + interval '1 second' FROM (
  SELECT *, SUM(fresh) OVER (PARTITION BY bidder ORDER BY dateTime) AS nr FROM (
    SELECT *, CASE WHEN dateTime - LAG(dateTime) OVER (PARTITION BY bidder ORDER BY dateTime) <= interval '1 second' THEN 0 ELSE 1 END AS fresh FROM bid) x) y
GROUP BY bidder, nr;
