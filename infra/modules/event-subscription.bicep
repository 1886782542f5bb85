metadata description = 'Which events of a subscription reach the app, and who is told when one does not.'

import { app as appType } from 'types.bicep'

@description('The app that looks after the subscription; its code has to be there, or Azure finds no function to deliver to.')
param app appType

@description('Name of the topic of the subscription, in this resource group.')
param topicName string

@description('Whether the topic has the identity for dead letters. Without it what cannot be delivered for a day is lost, and found by the next sweep.')
param keepsDeadLetters bool

@description('Tags of the alerts.')
param tags { *: string }

@description('The operations that concern the app: those of src/functions/event-routing.ts. Azure compares without regard to case, and takes 25 values at most.')
var operations = [
  'Microsoft.MachineLearningServices/workspaces/write'
  'Microsoft.MachineLearningServices/workspaces/delete'
  'Microsoft.MachineLearningServices/workspaces/computes/write'
  'Microsoft.MachineLearningServices/workspaces/computes/delete'
  'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/write'
  'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/delete'
  'Microsoft.Resources/tags/write'
  'Microsoft.ContainerRegistry/registries/write'
  'Microsoft.ContainerRegistry/registries/delete'
  'Microsoft.ContainerRegistry/registries/regenerateCredential/action'
  'Microsoft.Storage/storageAccounts/regenerateKey/action'
  'Microsoft.Authorization/roleAssignments/delete'
  'Microsoft.Authorization/roleDefinitions/write'
]

@description('What Event Grid counts of events that did not arrive.')
var losses = {
  'dead-letter': {
    metric: 'DeadLetteredCount'
    description: 'Events could not be delivered for a day and lie in the container for dead letters. The next sweep makes up for them.'
  }
  'lost-event': {
    metric: 'DroppedEventCount'
    description: 'Events could not be delivered and are lost. The next sweep makes up for them.'
  }
}

resource function 'Microsoft.Web/sites/functions@2025-03-01' existing = {
  scope: resourceGroup(app.subscriptionId, app.resourceGroup)
  name: '${app.name}/events'
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: topicName

  resource toApp 'eventSubscriptions' = {
    name: app.name
    properties: {
      destination: {
        endpointType: 'AzureFunction'
        properties: { resourceId: function.id, maxEventsPerBatch: 1 }
      }
      eventDeliverySchema: 'EventGridSchema'
      filter: {
        includedEventTypes: [
          'Microsoft.Resources.ResourceWriteSuccess'
          'Microsoft.Resources.ResourceDeleteSuccess'
          'Microsoft.Resources.ResourceActionSuccess'
        ]
        advancedFilters: [{ operatorType: 'StringIn', key: 'data.operationName', values: operations }]
      }
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
      deadLetterWithResourceIdentity: keepsDeadLetters
        ? {
            identity: { type: 'UserAssigned', userAssignedIdentity: app.deadLetterIdentityId }
            deadLetterDestination: {
              endpointType: 'StorageBlob'
              properties: { resourceId: app.deadLetterAccountId, blobContainerName: app.deadLetterContainer }
            }
          }
        : null
    }
  }
}

resource alerts 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for loss in items(losses): {
    name: '${app.name}-${loss.key}'
    location: 'global'
    tags: tags
    properties: {
      description: loss.value.description
      severity: 2
      enabled: true
      scopes: [topic.id]
      evaluationFrequency: 'PT15M'
      windowSize: 'PT1H'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: loss.key
            metricNamespace: 'Microsoft.EventGrid/systemTopics'
            metricName: loss.value.metric
            timeAggregation: 'Total'
            operator: 'GreaterThan'
            threshold: 0
            dimensions: [{ name: 'EventSubscriptionName', operator: 'Include', values: [app.name] }]
          }
        ]
      }
      actions: [{ actionGroupId: app.actionGroupId }]
    }
  }
]
