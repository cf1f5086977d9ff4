-- Computed event time, metadata columns, expression keys, an average of an expression; idle time-out from SET.
SET 'table.exec.source.idle-timeout' = '30 s';
CREATE TABLE clicks (ms BIGINT, url STRING, size INT, unused STRING, `partition` BIGINT METADATA VIRTUAL,
  at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', event_time AS TO_TIMESTAMP_LTZ(ms, 3), kb AS size / 1024,
  WATERMARK FOR event_time AS event_time)
WITH ('connector'='kafka','topic'='clicks','format'='json');
CREATE TABLE per_host (window_start TIMESTAMP(3), host STRING, p BIGINT, n BIGINT, mean DOUBLE) WITH ('connector'='print');
INSERT INTO per_host (window_start, host, p, n, mean)
SELECT window_start, LOWER(SPLIT_INDEX(url, '/', 2)), `partition`, COUNT(url), AVG(kb * 1e0)
FROM HOP(TABLE clicks, DESCRIPTOR(event_time), INTERVAL '10' SECOND, INTERVAL '1' MINUTE)
GROUP BY window_start, window_end, LOWER(SPLIT_INDEX(url, '/', 2)), `partition`;
