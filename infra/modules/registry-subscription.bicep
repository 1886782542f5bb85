metadata description = 'What the app may do at the registries of one subscription. The roles are the files of infra/roles, and lie in this subscription.'

targetScope = 'subscription'

import { customRole, roleId, roleName } from 'types.bicep'

@description('Name of the function app.')
param appName string

@description('As whom it acts.')
param principalId string

@description('ARM ids of the registries of this subscription that the app may use, in lower case.')
param registries string[]

@description('Those whose admin user it may enable, in lower case.')
param adminUserRegistries string[]

@description('Whether it changes anything: the right to grant is not given before.')
param isEnforcing bool

@description('Whether it removes what it granted.')
param prunes bool

@description('Whether it looks for images, and imports them.')
param requiresImages bool

@description('Read who holds which role, in the whole subscription: role definitions lie there, and so does the limit of assignments.')
var roleReader customRole = loadJsonContent('../roles/role-reader.json')

@description('The roles that are assigned at each registry, by the names of their files.')
var atRegistries { *: customRole } = {
  'registry-reader': loadJsonContent('../roles/registry-reader.json')
  ...(isEnforcing ? { grants: loadJsonContent('../roles/grants.json') } : {})
  ...(isEnforcing && prunes ? { prune: loadJsonContent('../roles/prune.json') } : {})
  ...(isEnforcing && requiresImages ? { images: loadJsonContent('../roles/images.json') } : {})
}

@description('The role for registries whose admin user may be enabled.')
var atAdminUserRegistries { *: customRole } = isEnforcing && !empty(adminUserRegistries)
  ? { 'admin-user': loadJsonContent('../roles/admin-user.json') }
  : {}

resource definitions 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [
  for role in items({ 'role-reader': roleReader, ...atRegistries, ...atAdminUserRegistries }): {
    name: roleId(role.key, appName, subscription().subscriptionId)
    properties: {
      roleName: roleName(role.value.roleName, appName, subscription().subscriptionId)
      description: role.value.description
      type: 'CustomRole'
      assignableScopes: [subscription().id]
      permissions: [
        { actions: role.value.actions, notActions: role.value.notActions, dataActions: role.value.dataActions }
      ]
    }
  }
]

resource roleReading 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, 'role-reader')
  dependsOn: [definitions]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleId('role-reader', appName, subscription().subscriptionId)
    )
    description: roleReader.description
  }
}

module rights 'registry-rights.bicep' = [
  for registry in registries: {
    scope: resourceGroup(split(registry, '/')[4])
    dependsOn: [definitions]
    params: {
      appName: appName
      principalId: principalId
      registryName: last(split(registry, '/'))
      roles: { ...atRegistries, ...(contains(adminUserRegistries, registry) ? atAdminUserRegistries : {}) }
      pulls: requiresImages
    }
  }
]
