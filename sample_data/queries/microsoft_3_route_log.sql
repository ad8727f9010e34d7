-- Changes of static routes and BGP: the third sample query of Microsoft's article.
SELECT TimeGenerated, OperationName, Message, Resource, ResourceGroup
FROM AzureDiagnostics
WHERE Category = 'RouteDiagnosticLog'
ORDER BY TimeGenerated;
