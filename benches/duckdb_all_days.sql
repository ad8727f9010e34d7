-- Messages by direction over the whole export's JSON.
SELECT regexp_extract(properties.message, '\[(SEND|RECEIVED|RECEIVE|RECV|LOCAL_MSG|LOCAL)(?: Network Packet)?\]', 1) AS direction, count(*) AS n
FROM read_json(
    '${EXPORT}/**/*.json', format = 'newline_delimited', hive_partitioning = false,
    columns = {properties: 'STRUCT(message VARCHAR)'})
GROUP BY ALL ORDER BY ALL;
