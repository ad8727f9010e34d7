-- IKE messages with their addresses: the fourth sample query of Microsoft's article. Its parse of the message is what
-- ike_log's columns hold, also for ports that do not end in 500, which the published query misses.
SELECT time AS "TimeGenerated", remote_ip AS "RemoteIP", local_ip AS "LocalIP", event AS "Event", level AS "Level"
FROM ike_log
ORDER BY time, source, source_line;
