metadata name = 'A management group that is looked after'
metadata description = 'Deployed once to each management group of REMEDIATOR_MANAGEMENT_GROUPS, instead of rights at each of its subscriptions.'

targetScope = 'managementGroup'

import { app as appType, customRole, roleId, roleName } from 'modules/types.bicep'

@description('The app: the output ACR_REMEDIATOR_ONBOARDING of main.bicep.')
param app appType

@description('The role of subscriptions with workspaces.')
var reconciler customRole = loadJsonContent('roles/reconciler.json')

@description('By it Azure Resource Graph shows the subscriptions of a group.')
var subscriptionRead = 'Microsoft.Resources/subscriptions/read'

resource definition 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: roleId('reconciler', app.name, managementGroup().name)
  properties: {
    roleName: roleName(reconciler.roleName, app.name, managementGroup().name)
    description: reconciler.description
    type: 'CustomRole'
    assignableScopes: [managementGroup().id]
    permissions: [
      {
        actions: [...reconciler.actions, subscriptionRead]
        notActions: reconciler.notActions
      }
    ]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, app.principalId, 'reconciler')
  properties: {
    principalId: app.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: definition.id
    description: reconciler.description
  }
}
