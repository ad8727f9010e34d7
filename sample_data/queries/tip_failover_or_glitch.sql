-- Microsoft's tip on the tunnel log: back on the other instance within seconds is a failover of the gateway, usually
-- maintenance (a gateway reset looks the same); back on the same instance is a glitch of the network with a DPD timeout,
-- or the device ended the tunnel by mistake. A window of 2 minutes covers unplanned failovers as well.
-- param: within:interval = 2 minutes
SELECT kind, cause, grade, count(*) AS disconnects, avg(down_ms) / 1000 AS mean_down_s
FROM disconnects(within => $within)
GROUP BY ALL
ORDER BY disconnects DESC, cause;
