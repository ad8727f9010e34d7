-- The worst peers of the month: longest without a tunnel, as far as the logs tell. no_data_h is how long they do not.
SELECT gateway, remote_ip, sum(down_s) AS down_s, sum(unplanned_down_s) AS unplanned_down_s,
       sum(interruptions) AS interruptions,
       round(100.0 * sum(up_s) / nullif(sum(up_s) + sum(down_s), 0), 3) AS availability_percent,
       round(sum(no_data_s) / 3600.0, 1) AS no_data_h
FROM availability(bucket => 'month')
GROUP BY ALL
ORDER BY unplanned_down_s DESC, gateway, remote_ip
LIMIT 20;
