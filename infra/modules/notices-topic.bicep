metadata description = 'A topic for what people should hear of. Identities only, and only the app may publish.'

@description('Where it lies.')
param location string

@description('Name of the topic.')
param topicName string

@description('Who may publish.')
param principalId string

@description('Tags of the topic.')
param tags { *: string }

@description('The built-in role EventGrid Data Sender.')
var senderRoleId = 'd5a91429-5739-47e2-a06b-3470a27159e7'

resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  name: topicName
  location: location
  tags: tags
  properties: {
    disableLocalAuth: true
    inputSchema: 'CloudEventSchemaV1_0'
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: 'Enabled'
  }
}

resource sender 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: topic
  name: guid(topic.id, principalId, senderRoleId)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', senderRoleId)
    description: 'EventGrid Data Sender'
  }
}

@description('Where the app publishes.')
output endpoint string = topic.properties.endpoint
