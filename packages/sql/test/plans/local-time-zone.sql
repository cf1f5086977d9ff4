SET 'table.local-time-zone' = 'Europe/Berlin';
CREATE TABLE visits (who STRING, at TIMESTAMP_LTZ(3), WATERMARK FOR at AS at - INTERVAL '5' SECOND)
WITH ('connector'='kafka','topic'='visits','format'='json');
CREATE TABLE per_day (day_start TIMESTAMP(3), visits BIGINT) WITH ('connector'='print');
CREATE TABLE shown (who STRING, local TIMESTAMP(3), text STRING, hour_of_day BIGINT, day_start TIMESTAMP_LTZ(3)) WITH ('connector'='print');
INSERT INTO per_day SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE visits, DESCRIPTOR(at), INTERVAL '1' DAY)) GROUP BY window_start, window_end;
INSERT INTO shown SELECT who, CAST(at AS TIMESTAMP(3)), DATE_FORMAT(at, 'dd.MM.yyyy'), HOUR(at), FLOOR(at TO DAY)
FROM visits WHERE at > '2026-03-29 03:00:00' AND CAST(at AS DATE) < CURRENT_DATE;
