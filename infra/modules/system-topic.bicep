metadata description = 'The topic of a subscription\'s events. Azure allows one for each subscription.'

import { app as appType } from 'types.bicep'

@description('The app that looks after the subscription.')
param app appType

@description('Name of the topic.')
param topicName string

@description('Tags of the topic.')
param tags { *: string }

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: topicName
  location: 'global'
  tags: tags
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${app.deadLetterIdentityId}': {} } }
  properties: {
    source: subscription().id
    topicType: 'Microsoft.Resources.Subscriptions'
  }
}
