metadata description = 'The function app on its Flex Consumption plan.'

import { storageEndpoints } from 'types.bicep'

@description('Where it lies.')
param location string

@description('Name of the function app.')
param appName string

@description('Name of the plan.')
param planName string

@description('ARM id of the identity as which it acts.')
param identityId string

@description('Where its storage answers.')
param storage storageEndpoints

@description('Container that holds the package.')
param codeContainer string

@description('App settings.')
param settings { *: string }

@description('Version of Node.js.')
param nodeVersion '22' | '24'

@description('Memory of an instance, in MB.')
param instanceMemoryMB 512 | 2048

@description('How many instances there may be of each function.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int

@description('How many instances of the queue function always stand ready.')
@minValue(0)
param alwaysReadyInstances int

@description('The least version of TLS that is let in.')
param minimumTlsVersion '1.2' | '1.3'

@description('ARM id of the subnet through which it goes out; empty without a network of its own.')
param subnetId string

@description('Application id in Entra ID with which people sign in; empty for function keys alone.')
param signInClientId string

@description('Object ids of the groups that may sign in; empty for everybody in the tenant.')
param signInGroups string[]

@description('Tags of the resources.')
param tags { *: string }

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: appName
  location: location
  // By this tag azd finds what it deploys to.
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    // Event Grid reaches no private endpoint (Microsoft Learn, "Event delivery with a managed identity").
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.blob}${codeContainer}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances == 0
          ? []
          : [{ name: 'function:requests', instanceCount: alwaysReadyInstances }]
      }
    }
    siteConfig: {
      appSettings: [for setting in items(settings): { name: setting.key, value: setting.value }]
      ftpsState: 'Disabled'
      minTlsVersion: minimumTlsVersion
      scmMinTlsVersion: minimumTlsVersion
    }
  }

  // Nobody deploys by a password.
  resource ftpByPassword 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scmByPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  // People sign in besides showing a key. What has no person in front of it stays as it is: Event Grid, probes.
  resource signIn 'config' = if (!empty(signInClientId)) {
    name: 'authsettingsV2'
    properties: {
      platform: { enabled: true }
      httpSettings: { requireHttps: true }
      globalValidation: {
        requireAuthentication: true
        unauthenticatedClientAction: 'RedirectToLoginPage'
        redirectToProvider: 'azureactivedirectory'
        excludedPaths: [
          '/runtime/webhooks/EventGrid'
          '/runtime/webhooks/eventgrid'
          '/api/health'
          '/api/health/ready'
        ]
      }
      identityProviders: {
        azureActiveDirectory: {
          enabled: true
          registration: {
            clientId: signInClientId
            openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
          }
          validation: {
            allowedAudiences: [signInClientId, 'api://${signInClientId}']
            defaultAuthorizationPolicy: empty(signInGroups) ? null : { allowedPrincipals: { groups: signInGroups } }
          }
        }
      }
      login: { tokenStore: { enabled: false } }
    }
  }
}

@description('ARM id of the function app.')
output appId string = app.id

@description('Where it answers.')
output url string = 'https://${app.properties.defaultHostName}'
