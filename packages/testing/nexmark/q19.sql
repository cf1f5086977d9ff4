-- q19: Top 10 bids of an auction
SELECT auction, bidder, price, channel, url, dateTime, rank_number
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC) AS rank_number FROM bid) W
WHERE rank_number <= 10;
