metadata name = 'A subscription that is looked after'
metadata description = 'Deployed once to each subscription with workspaces, registries or storage accounts of workspaces, the one with the app too, and again whenever the app is. Only after its code is there: Event Grid looks whether the function exists.'

targetScope = 'subscription'

import { app as appType } from 'modules/types.bicep'

@description('The app: the output ACR_REMEDIATOR_ONBOARDING of main.bicep.')
param app appType

@description('Where the resource group is made in subscriptions other than the app\'s.')
param location string = app.location

@description('Name of the resource group for the topic of this subscription; it is made where it is missing.')
param resourceGroupName string = app.resourceGroup

@description('ARM id of the system topic that this subscription has already, as Azure allows one alone. Empty: one is made.')
param existingTopicId string = ''

@description('Whether events that cannot be delivered are kept. An existing topic has to have the identity for dead letters (deadLetterIdentityId of the app) before.')
param keepsDeadLetters bool = true

@description('Whether the app is given its rights at this subscription: as it comes, when its settings name it. Those in management groups need none, nor do those that have only registries or storage accounts.')
param givesRights bool = contains(toLower(join(app.subscriptionIds, ',')), toLower(subscription().subscriptionId))

@description('Tags of what is made.')
param tags { *: string } = {}

@description('The app\'s own resource group is there already, with tags of its own.')
var isOfApp = subscription().subscriptionId =~ app.subscriptionId && resourceGroupName =~ app.resourceGroup

@description('Where the topic lies.')
var topicGroupName = empty(existingTopicId) ? resourceGroupName : split(existingTopicId, '/')[4]

@description('What the topic is called.')
var topicName = empty(existingTopicId) ? 'evgt-${app.name}' : last(split(existingTopicId, '/'))

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = if (empty(existingTopicId) && !isOfApp) {
  name: resourceGroupName
  location: location
  tags: tags
}

module rights 'modules/workspace-rights.bicep' = if (givesRights) {
  params: { appName: app.name, principalId: app.principalId }
}

module topic 'modules/system-topic.bicep' = if (empty(existingTopicId)) {
  scope: resourceGroup(topicGroupName)
  dependsOn: [group]
  params: { app: app, topicName: topicName, tags: tags }
}

module events 'modules/event-subscription.bicep' = {
  scope: resourceGroup(topicGroupName)
  dependsOn: [topic]
  params: { app: app, topicName: topicName, keepsDeadLetters: keepsDeadLetters, tags: tags }
}
