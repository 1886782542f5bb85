metadata description = 'Where the app keeps its code, its queue and what it remembers, and Event Grid what it could not deliver. Identities only: there is no key to lose.'

import { storageEndpoints } from 'types.bicep'

@description('Where it lies.')
param location string

@description('Name of the storage account.')
@minLength(3)
@maxLength(24)
param accountName string

@description('Who may do what the Functions host and the app do there.')
param appPrincipalId string

@description('Who may put dead letters there.')
param deadLetterPrincipalId string

@description('Whether only private endpoints let in.')
param isPrivate bool

@description('How it is kept: in three zones of the region, or in one.')
param sku 'Standard_ZRS' | 'Standard_LRS'

@description('Tags of the account.')
param tags { *: string }

@description('Built-in roles for data by their ids (Microsoft Learn, "Connecting to host storage with an identity"): the host keeps leases and keys in blobs, which takes an owner of blobs; queues and tables are those of the app.')
var hostRoles = {
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}

@description('The built-in role with which Event Grid writes dead letters (Microsoft Learn, "Add an identity to Azure roles on Azure Event Grid destinations").')
var blobContributorRoleId = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

resource account 'Microsoft.Storage/storageAccounts@2026-06-01' = {
  name: accountName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: 'Enabled'
    supportsHttpsTrafficOnly: true
    networkAcls: {
      // Event Grid comes as a trusted service, with its identity.
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource code 'containers' = {
      name: 'app-package'
      properties: { publicAccess: 'None' }
    }

    resource deadLetters 'containers' = {
      name: 'dead-letters'
      properties: { publicAccess: 'None' }
    }
  }

  resource clearing 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'forget-dead-letters'
            type: 'Lifecycle'
            definition: {
              // As long as the app keeps what it rejected.
              actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 90 } } }
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['${blobs::deadLetters.name}/'] }
            }
          }
        ]
      }
    }
  }
}

resource appRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(hostRoles): {
    scope: account
    name: guid(account.id, appPrincipalId, role.value)
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
      description: role.key
    }
  }
]

resource deadLetterRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account::blobs::deadLetters
  name: guid(account::blobs::deadLetters.id, deadLetterPrincipalId, blobContributorRoleId)
  properties: {
    principalId: deadLetterPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobContributorRoleId)
    description: 'Event Grid puts dead letters here.'
  }
}

@description('ARM id of the account.')
output accountId string = account.id

@description('Where its services answer.')
output endpoints storageEndpoints = {
  blob: account.properties.primaryEndpoints.blob
  queue: account.properties.primaryEndpoints.queue
  table: account.properties.primaryEndpoints.table
}

@description('Container for the package that is deployed.')
output codeContainer string = account::blobs::code.name

@description('Container for dead letters.')
output deadLetterContainer string = account::blobs::deadLetters.name
