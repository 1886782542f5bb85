metadata description = 'What the app may do at one registry.'

import { customRole, roleId } from 'types.bicep'

@description('Name of the function app.')
param appName string

@description('As whom it acts.')
param principalId string

@description('Name of the registry.')
param registryName string

@description('The custom roles that are assigned here, by the names of their files. Their definitions are there already.')
param roles { *: customRole }

@description('Whether the app itself reads the registry, to see which images are there.')
param pulls bool

@description('The built-in roles that let pull: the first counts where the registry has one permission for all of it, the second where repositories have their own.')
var pullRoles = {
  AcrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d'
  'Container Registry Repository Reader': 'b93aa761-3e63-49ed-ac28-beffa264f7ac'
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = {
  name: registryName
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(roles): {
    scope: registry
    name: guid(registry.id, principalId, role.key)
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        roleId(role.key, appName, subscription().subscriptionId)
      )
      description: role.value.description
      condition: role.value.?condition
      conditionVersion: role.value.?conditionVersion
    }
  }
]

resource pulling 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(pullRoles): if (pulls) {
    scope: registry
    name: guid(registry.id, principalId, role.value)
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
      description: 'See which of the required images are there.'
    }
  }
]
