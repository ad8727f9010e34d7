-- The same counts from the columns that DuckDB's own import extracted: no goal, but the fair neighbour.
SELECT remote_ip, direction, close_status, count(*) AS n
FROM '${TYPED_PARQUET}'
GROUP BY ALL ORDER BY ALL;
