-- Microsoft's tip on the gateway log: compare its events with those of the tunnels, to tell whether a disconnect came
-- with a change of configuration or with maintenance. The rows that decided are the evidence.
SELECT d.disconnected_at, d.gateway, d.remote_ip, d.cause, d.row['message'] AS what_the_gateway_said
FROM (SELECT *, unnest(evidence) AS row FROM disconnects) d
WHERE d.row['table'] = 'gateway_log'
ORDER BY d.disconnected_at, d.remote_ip, d.row['time'];
