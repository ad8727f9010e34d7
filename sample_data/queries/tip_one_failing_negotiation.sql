-- Microsoft's tip on the IKE log: a failing negotiation repeats every few seconds with the same result, so read one of
-- them: here every row of the sample of the most frequent failure, in order.
SELECT i.time, i.direction, i.event
FROM ike_log i
JOIN (SELECT sample_session_id FROM ike_failures ORDER BY negotiations DESC, first_seen LIMIT 1) f
  ON i.session_id = f.sample_session_id
ORDER BY i.time, i.source, i.source_line;
