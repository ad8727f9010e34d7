-- Microsoft's tip on the point-to-site log, and its published query "Failed P2S connections": who did not get in, and why.
SELECT started_at, gateway, user_name, client_ip, authentication, authenticated, outcome
FROM p2s_sessions
WHERE outcome = 'failed'
ORDER BY started_at;
