-- Failing negotiations by shape: who offers what to whom, how often, since when, how fast it retries, and one session to
-- read.
SELECT gateway, remote_ip, initiator, outcome, error_code, negotiations, first_seen, last_seen,
       retry_ms / 1000.0 AS retry_s, received_ike_proposals, sample_session_id
FROM ike_failures
ORDER BY negotiations DESC, first_seen;
