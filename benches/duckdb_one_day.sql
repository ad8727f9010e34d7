-- Messages by direction on one day, out of the whole export's JSON. Times are compared as text, which is what DuckDB
-- makes of them and the cheapest it can do: ISO times in UTC sort as text.
SELECT regexp_extract(properties.message, '\[(SEND|RECEIVED|RECEIVE|RECV|LOCAL_MSG|LOCAL)(?: Network Packet)?\]', 1) AS direction, count(*) AS n
FROM read_json(
    '${EXPORT}/**/*.json', format = 'newline_delimited', hive_partitioning = false,
    columns = {time: 'VARCHAR', properties: 'STRUCT(message VARCHAR)'})
WHERE "time" >= '${SINCE}' AND "time" < '${UNTIL}'
GROUP BY ALL ORDER BY ALL;
