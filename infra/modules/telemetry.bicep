metadata description = 'Where the app and its host tell how they are. Entra ID only: the instrumentation key opens nothing.'

@description('Where it lies.')
param location string

@description('Name of the Log Analytics workspace.')
param workspaceName string

@description('Name of the Application Insights resource.')
param componentName string

@description('Who may tell.')
param principalId string

@description('Tags of the resources.')
param tags { *: string }

@description('The built-in role Monitoring Metrics Publisher, which Application Insights asks of whoever tells as an identity (Microsoft Learn, "Microsoft Entra authentication for Application Insights").')
var publisherRoleId = '3913510d-42f4-4e42-8a64-420c390055eb'

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
    features: { disableLocalAuth: true }
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: componentName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
  }
}

resource publisher 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: component
  name: guid(component.id, principalId, publisherRoleId)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', publisherRoleId)
    description: 'Monitoring Metrics Publisher'
  }
}

@description('ARM id of the Application Insights resource.')
output componentId string = component.id

@description('Where telemetry is sent. What looks like a key in it only says whose it is, as keys are not let in.')
output connectionString string = component.properties.ConnectionString
