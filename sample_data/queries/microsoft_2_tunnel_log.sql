-- When tunnels connected and disconnected: the second sample query of Microsoft's article. To see one peer, add
-- AND remoteIP_s = '203.0.113.1'.
SELECT TimeGenerated, OperationName, remoteIP_s, instance_s, Resource, ResourceGroup
FROM AzureDiagnostics
WHERE Category = 'TunnelDiagnosticLog'
ORDER BY TimeGenerated;
