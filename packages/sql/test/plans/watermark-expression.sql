CREATE TABLE clicks (
  id INT,
  sent BIGINT,
  lag_ms INT,
  sent_at AS TO_TIMESTAMP_LTZ(sent, 3),
  WATERMARK FOR sent_at AS TO_TIMESTAMP_LTZ(sent - lag_ms, 3) - INTERVAL '5' SECOND
) WITH ('connector' = 'kafka');
CREATE TABLE per_minute (window_start TIMESTAMP(3), clicks BIGINT) WITH ('connector' = 'kafka');
INSERT INTO per_minute SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(sent_at), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;
