metadata description = 'What the app may do with the workspaces of one subscription.'

targetScope = 'subscription'

import { customRole, roleId, roleName } from 'types.bicep'

@description('Name of the function app.')
param appName string

@description('As whom it acts.')
param principalId string

@description('The one role that is assigned at subscriptions with workspaces.')
var reconciler customRole = loadJsonContent('../roles/reconciler.json')

resource definition 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: roleId('reconciler', appName, subscription().subscriptionId)
  properties: {
    roleName: roleName(reconciler.roleName, appName, subscription().subscriptionId)
    description: reconciler.description
    type: 'CustomRole'
    assignableScopes: [subscription().id]
    permissions: [
      { actions: reconciler.actions, notActions: reconciler.notActions, dataActions: reconciler.dataActions }
    ]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, 'reconciler')
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: definition.id
    description: reconciler.description
  }
}
