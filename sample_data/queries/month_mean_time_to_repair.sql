-- Mean time to repair by cause: how often, how long on average and at most, and what is down still.
SELECT cause, count(*) AS disconnects, round(avg(down_ms) / 1000.0, 1) AS mean_down_s,
       round(max(down_ms) / 1000.0, 1) AS longest_down_s, sum(CASE WHEN kind = 'open' THEN 1 ELSE 0 END) AS still_down
FROM disconnects
GROUP BY cause
ORDER BY disconnects DESC, cause;
