-- Counts by peer, direction and close status from unparsed messages in Parquet.
SELECT
    regexp_extract(message, '(?:^Remote|\} Remote|\[Remote\]|Packet\] Remote) ([^ ]+):[0-9]+', 1) AS remote_ip,
    regexp_extract(message, '\[(SEND|RECEIVED|RECEIVE|RECV|LOCAL_MSG|LOCAL)(?: Network Packet)?\]', 1) AS direction,
    regexp_extract(message, 'with status (.+)$', 1) AS close_status,
    count(*) AS n
FROM '${RAW_PARQUET}'
GROUP BY ALL ORDER BY ALL;
