-- DuckDB's counterpart of `tunnelql import`: IKE messages out of JSON Lines into sorted, zstd-compressed Parquet with
-- the fields of a message that questions are about. ${EXPORT} is the container's folder, ${OUT} the file to write.
COPY (
    SELECT
        CAST("time" AS TIMESTAMP) AS time,
        resourceId AS resource_id,
        category,
        operationName AS operation,
        level,
        properties.instance AS instance_name,
        lower(regexp_extract(properties.message, 'SESSION_ID[\] :]*\{([0-9a-fA-F-]+)\}', 1)) AS session_id,
        regexp_extract(properties.message, '(?:^Remote|\} Remote|\[Remote\]|Packet\] Remote) ([^ ]+):[0-9]+', 1) AS remote_ip,
        regexp_extract(properties.message, '(?:: Local|\[Local\]) ([^ ]+):[0-9]+', 1) AS local_ip,
        regexp_extract(properties.message, '\[(SEND|RECEIVED|RECEIVE|RECV|LOCAL_MSG|LOCAL)(?: Network Packet)?\]', 1) AS direction,
        regexp_extract(properties.message, '\]\[([A-Z_]+)\]', 1) AS exchange,
        regexp_extract(properties.message, 'iCookie[ :]+(0x[0-9a-fA-F]+)', 1) AS i_cookie,
        regexp_extract(properties.message, 'rCookie[ :]+(0x[0-9a-fA-F]+)', 1) AS r_cookie,
        regexp_extract(properties.message, 'with status (.+)$', 1) AS close_status,
        properties.message AS message
    FROM read_json(
        '${EXPORT}/**/*.json', format = 'newline_delimited', hive_partitioning = false,
        columns = {time: 'VARCHAR', resourceId: 'VARCHAR', category: 'VARCHAR', operationName: 'VARCHAR',
                   level: 'VARCHAR', properties: 'STRUCT(message VARCHAR, instance VARCHAR)'})
    ORDER BY time
) TO '${OUT}' (FORMAT parquet, COMPRESSION zstd);
