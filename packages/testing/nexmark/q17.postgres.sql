-- q17 as PostgreSQL writes it
SELECT auction, to_char(dateTime, 'YYYY-MM-DD') AS day,
  COUNT(*) AS total_bids,
  COUNT(*) FILTER (WHERE price < 10000) AS rank1_bids,
  MIN(price) AS min_price, MAX(price) AS max_price, TRUNC(AVG(price)) AS avg_price, SUM(price) AS sum_price
FROM bid
GROUP BY auction, to_char(dateTime, 'YYYY-MM-DD');
