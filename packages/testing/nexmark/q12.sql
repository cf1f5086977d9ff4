-- q12: Bids of a bidder in processing time
WITH B AS (SELECT *, PROCTIME() AS p_time FROM bid)
SELECT B.bidder, COUNT(*) AS bid_count, window_start AS starttime, window_end AS endtime
FROM TABLE(TUMBLE(TABLE B, DESCRIPTOR(p_time), INTERVAL '10' SECOND)) B
GROUP BY B.bidder, window_start, window_end;
