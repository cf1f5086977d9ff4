-- q16 as PostgreSQL writes it
SELECT channel, to_char(dateTime, 'YYYY-MM-DD') AS day, MAX(to_char(dateTime, 'HH24:MI')) AS minute,
  COUNT(*) AS total_bids,
  COUNT(*) FILTER (WHERE price < 10000) AS rank1_bids,
  COUNT(DISTINCT bidder) AS total_bidders,
  COUNT(DISTINCT auction) FILTER (WHERE price >= 1000000) AS rank3_auctions
FROM bid
GROUP BY channel, to_char(dateTime, 'YYYY-MM-DD');
