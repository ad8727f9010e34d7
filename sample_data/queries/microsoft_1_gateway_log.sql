-- What was configured or serviced, in order: the first sample query of Microsoft's article "Troubleshoot Azure VPN
-- Gateway using diagnostic logs" (https://learn.microsoft.com/azure/vpn-gateway/troubleshoot-vpn-with-azure-diagnostics).
SELECT TimeGenerated, OperationName, Message, Resource, ResourceGroup
FROM AzureDiagnostics
WHERE Category = 'GatewayDiagnosticLog'
ORDER BY TimeGenerated;
