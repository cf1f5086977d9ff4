-- q8 as PostgreSQL writes it
SELECT P.id, P.name, P.starttime
FROM (SELECT DISTINCT id, name, date_bin('10 seconds', dateTime, '2026-01-01') AS starttime FROM person) P
JOIN (SELECT DISTINCT seller, date_bin('10 seconds', dateTime, '2026-01-01') AS starttime FROM auction) A
ON P.id = A.seller AND P.starttime = A.starttime;
