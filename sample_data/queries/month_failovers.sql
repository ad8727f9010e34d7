-- Failovers per month and gateway: events, the tunnels that they moved, and how many of them the gateway log tells of.
-- param: within:interval = 2 minutes
SELECT date_trunc('month', disconnected_at) AS month, gateway, count(DISTINCT event_id) AS failovers,
       count(*) AS tunnels_moved, count(DISTINCT CASE WHEN grade = 'logged' THEN event_id END) AS logged,
       max(gap_ms) / 1000.0 AS longest_gap_s
FROM failovers(within => $within)
GROUP BY ALL
ORDER BY month, gateway;
