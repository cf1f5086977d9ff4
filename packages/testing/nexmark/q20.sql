-- q20: Bids with their auction
SELECT auction, bidder, price, channel, B.dateTime, itemName, initialBid, reserve, expires, seller, category
FROM bid AS B INNER JOIN auction AS A ON B.auction = A.id
WHERE A.category = 10;
