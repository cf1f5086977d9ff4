-- Two INSERTs over one view, and one that only filters its result: the aggregate is computed once.
CREATE TABLE bids (auction BIGINT, price BIGINT, at TIMESTAMP(3), WATERMARK FOR at AS at - INTERVAL '4' SECOND) WITH ('connector' = 'datagen');
CREATE VIEW hot AS
  SELECT auction, COUNT(*) AS n, window_start, window_end
  FROM TABLE(HOP(TABLE bids, DESCRIPTOR(at), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
  GROUP BY auction, window_start, window_end;
CREATE TABLE every_count (auction BIGINT, n BIGINT, window_start TIMESTAMP(3)) WITH ('connector' = 'blackhole');
CREATE TABLE high_counts (auction BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
BEGIN STATEMENT SET;
INSERT INTO every_count SELECT auction, n, window_start FROM hot;
INSERT INTO high_counts SELECT auction, n FROM hot WHERE n > 10 + 90 * 1;
END;
