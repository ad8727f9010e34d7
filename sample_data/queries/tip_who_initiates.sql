-- Microsoft's tip on the IKE log: find the SA_INIT of a negotiation to see which side began it; the side that answers is
-- the one whose log says what did not fit. Rekeys of child SAs have no SA_INIT, and so no initiator.
SELECT gateway, remote_ip, initiator, outcome, count(*) AS negotiations
FROM ike_negotiations
GROUP BY ALL
ORDER BY gateway, remote_ip, negotiations DESC, initiator, outcome;
