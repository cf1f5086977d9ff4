-- q7 as PostgreSQL writes it
SELECT B.auction, B.price, B.bidder, B.dateTime, B.extra
FROM bid B
JOIN (
  SELECT MAX(price) AS maxprice, date_bin('10 seconds', dateTime, '2026-01-01') + interval '10 seconds' AS dateTime FROM bid GROUP BY 2
) B1
ON B.price = B1.maxprice
WHERE B.dateTime BETWEEN B1.dateTime - INTERVAL '10' SECOND AND B1.dateTime;
