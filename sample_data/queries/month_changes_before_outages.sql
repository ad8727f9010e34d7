-- Changes of the configuration that tunnels did not survive: what changed, and what went down within 5 minutes.
SELECT c.time AS changed_at, c.gateway, c.operation, c.connection, c.changed, d.disconnected_at, d.remote_ip, d.kind,
       d.cause, d.down_ms / 1000.0 AS down_s
FROM config_changes c
JOIN disconnects d
  ON d.gateway = c.gateway
 AND (c.remote_ip IS NULL OR c.remote_ip = d.remote_ip)
 AND d.disconnected_at BETWEEN c.time AND c.time + INTERVAL '5 minutes'
WHERE cardinality(c.changed) > 0
ORDER BY c.time, d.disconnected_at;
