-- Times and unparsed messages as Parquet, once: what somebody has who converts the export but does not parse it.
COPY (
    SELECT CAST("time" AS TIMESTAMP) AS time, properties.message AS message
    FROM read_json(
        '${EXPORT}/**/*.json', format = 'newline_delimited', hive_partitioning = false,
        columns = {time: 'VARCHAR', properties: 'STRUCT(message VARCHAR)'})
    ORDER BY time
) TO '${OUT}' (FORMAT parquet, COMPRESSION zstd);
