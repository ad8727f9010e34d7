-- What point-to-site clients did: the fifth sample query of Microsoft's article.
SELECT TimeGenerated, OperationName, Message, Resource, ResourceGroup
FROM AzureDiagnostics
WHERE Category = 'P2SDiagnosticLog'
ORDER BY TimeGenerated;
