-- q10: Log to the file system (what is written, with the columns its files are partitioned by)
SELECT auction, bidder, price, dateTime, extra, DATE_FORMAT(dateTime, 'yyyy-MM-dd') AS dt, DATE_FORMAT(dateTime, 'HH:mm') AS hm FROM bid;
