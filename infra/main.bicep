metadata name = 'azureml-acr-remediator'
metadata description = 'The app with all that it needs, and its rights at the registries. The events that it hears of and its rights at subscriptions are in onboard.bicep.'

targetScope = 'subscription'

import { app as appType, furtherSettings, registryRule, requiredImage } from 'modules/types.bicep'

@description('What the deployment is called; its resource group is rg-acr-remediator- and this, and everything in it is named after it.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Where the app runs.')
@metadata({ azd: { type: 'location' } })
param location string

@description('ARM id of the container registry for every workspace that no rule matches. Empty only where registryRules cover all.')
param defaultRegistry string

@description('audit looks and tells what it would do; enforce does it. Only enforce gives the app the right to grant.')
@allowed(['audit', 'enforce'])
param mode string

@description('Registries for some workspaces only, as REMEDIATOR_REGISTRY_RULES has them.')
param registryRules registryRule[] = []

@description('Ids of the subscriptions to look after: this one if none is named. Each needs onboard.bicep.')
param subscriptionIds string[] = [subscription().subscriptionId]

@description('Names of the management groups to look after. Each needs management-group.bicep.')
param managementGroups string[] = []

@description('Whether the app removes grants that it made for identities that are gone.')
param prune bool = false

@description('Images that the registry of every workspace is to have.')
param requiredImages requiredImage[] = []

@description('ARM ids of registries whose admin user may be enabled where nothing else helps. Its password is a shared secret.')
param adminUserRegistries string[] = []

@description('Other settings of the app.')
param settings furtherSettings = {}

@description('Addresses of whom to mail when somebody has to act.')
param alertEmails string[] = []

@description('Whether Azure asks the app every 15 minutes whether it is well, and tells when it is not. One place asks; a test of Application Insights and a call of a function each.')
param probe bool = true

@description('Whether what people should hear of is published to a topic of Event Grid.')
param publishNotices bool = false

@description('Memory of an instance. A sweep of 10,000 workspaces takes some 180 MB (docs/performance.md), and the Functions host as much again; 512 MB come with a quarter of a core, 2048 MB with a whole one. 512 is enough, and cheaper, for some hundred workspaces.')
@allowed([512, 2048])
param instanceMemoryMB int = 2048

@description('How many instances there may be of each function.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances of the queue function that always stand ready: it then answers an event without a cold start of some seconds. Each costs 0.000004 $ for a GB and second at list price, used or not: some 21 $ a month with 2048 MB, 5 $ with 512 MB.')
@minValue(0)
param alwaysReadyInstances int = 0

@description('Version of Node.js.')
@allowed(['22', '24'])
param nodeVersion string = '24'

@description('The least version of TLS that the app lets in. Whoever speaks 1.3 gets it in any case; whether Event Grid does when it delivers is documented nowhere, so try it before you insist.')
@allowed(['1.2', '1.3'])
param minimumTlsVersion string = '1.2'

@description('How storage is kept: in three zones of the region, or in one where the region has no more. What is lost with it the next sweep finds out anew, but for history and exemptions.')
@allowed(['Standard_ZRS', 'Standard_LRS'])
param storageSku string = 'Standard_ZRS'

@description('Whether storage is reached through private endpoints alone, in a network of the app\'s own.')
param privateNetworking bool = false

@description('Addresses of that network: a /24 or larger.')
param networkAddressPrefix string = '10.90.0.0/24'

@description('Application id in Entra ID with which people sign in before they reach the page and the API; they need a function key all the same. Empty: no sign-in.')
param signInClientId string = ''

@description('Object ids of the groups that may sign in. Empty: everybody in the tenant.')
param signInGroups string[] = []

@description('https address of the package to publish, for a deployment without azd. Empty: the code is published by somebody else, and onboard.bicep deployed after that.')
@secure()
param packageUri string = ''

@description('Tags of everything that is made.')
param tags { *: string } = {}

@description('What makes names unique in Azure, and the same each time.')
var token = uniqueString(subscription().id, environmentName, location)

@description('Name of the function app. Roles, alerts and the event subscription are named after it.')
var appName = 'func-acr-remediator-${token}'

@description('By its tag azd finds what belongs to the deployment.')
var allTags = union(tags, { 'azd-env-name': environmentName })

@description('ARM ids of all registries that the settings name, each once. Azure does not look at case, the functions here do.')
var registries = union(
  map(filter([defaultRegistry], id => !empty(id)), id => toLower(id)),
  map(flatten(map(registryRules, rule => rule.registryIds)), id => toLower(id))
)

@description('Ids of the subscriptions in which those lie, each once.')
var registrySubscriptions = union(map(registries, id => split(id, '/')[2]), [])

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-acr-remediator-${environmentName}'
  location: location
  tags: allTags
}

module identities 'modules/identities.bicep' = {
  scope: group
  params: {
    location: location
    appIdentityName: 'id-acr-remediator-${token}'
    deadLetterIdentityName: 'id-dead-letters-${token}'
    tags: allTags
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    location: location
    accountName: 'stacrr${token}'
    appPrincipalId: identities.outputs.principalId
    deadLetterPrincipalId: identities.outputs.deadLetterPrincipalId
    isPrivate: privateNetworking
    sku: storageSku
    tags: allTags
  }
}

module network 'modules/network.bicep' = if (privateNetworking) {
  scope: group
  params: {
    location: location
    networkName: 'vnet-acr-remediator-${token}'
    addressPrefix: networkAddressPrefix
    tags: allTags
  }
}

module privateStorage 'modules/private-storage.bicep' = if (privateNetworking) {
  scope: group
  params: {
    location: location
    accountId: storage.outputs.accountId
    networkId: network!.outputs.networkId
    subnetId: network!.outputs.endpointSubnetId
    tags: allTags
  }
}

module telemetry 'modules/telemetry.bicep' = {
  scope: group
  params: {
    location: location
    workspaceName: 'log-acr-remediator-${token}'
    componentName: 'appi-acr-remediator-${token}'
    principalId: identities.outputs.principalId
    tags: allTags
  }
}

module notices 'modules/notices-topic.bicep' = if (publishNotices) {
  scope: group
  params: {
    location: location
    topicName: 'evgt-notices-${token}'
    principalId: identities.outputs.principalId
    tags: allTags
  }
}

module app 'modules/function-app.bicep' = {
  scope: group
  dependsOn: [privateStorage]
  params: {
    location: location
    appName: appName
    planName: 'plan-acr-remediator-${token}'
    identityId: identities.outputs.appIdentityId
    storage: storage.outputs.endpoints
    codeContainer: storage.outputs.codeContainer
    settings: {
      ...toObject(items(settings), setting => setting.key, setting => setting.?value ?? '')
      AZURE_CLIENT_ID: identities.outputs.clientId
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identities.outputs.clientId
      AzureWebJobsStorage__blobServiceUri: storage.outputs.endpoints.blob
      AzureWebJobsStorage__queueServiceUri: storage.outputs.endpoints.queue
      AzureWebJobsStorage__tableServiceUri: storage.outputs.endpoints.table
      APPLICATIONINSIGHTS_CONNECTION_STRING: telemetry.outputs.connectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identities.outputs.clientId};Authorization=AAD'
      REMEDIATOR_MODE: mode
      REMEDIATOR_CLOUD: environment().name
      REMEDIATOR_SUBSCRIPTIONS: join(subscriptionIds, ',')
      REMEDIATOR_MANAGEMENT_GROUPS: join(managementGroups, ',')
      REMEDIATOR_DEFAULT_REGISTRY: defaultRegistry
      REMEDIATOR_REGISTRY_RULES: string(registryRules)
      REMEDIATOR_ADMIN_USER_REGISTRIES: join(adminUserRegistries, ',')
      REMEDIATOR_PRUNE: prune ? 'on' : 'off'
      REMEDIATOR_REQUIRED_IMAGES: string(requiredImages)
      REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT: publishNotices ? notices!.outputs.endpoint : ''
    }
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    minimumTlsVersion: minimumTlsVersion
    subnetId: privateNetworking ? network!.outputs.appSubnetId : ''
    signInClientId: signInClientId
    signInGroups: signInGroups
    tags: allTags
  }
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    location: location
    appName: appName
    appUrl: app.outputs.url
    componentId: telemetry.outputs.componentId
    emails: alertEmails
    isProbed: probe
    tags: allTags
  }
}

module registryRights 'modules/registry-subscription.bicep' = [
  for id in registrySubscriptions: {
    scope: subscription(id)
    params: {
      appName: appName
      principalId: identities.outputs.principalId
      registries: filter(registries, registry => split(registry, '/')[2] == id)
      adminUserRegistries: map(adminUserRegistries, registry => toLower(registry))
      isEnforcing: mode == 'enforce'
      prunes: prune
      requiresImages: !empty(requiredImages)
    }
  }
]

module code 'modules/published-code.bicep' = if (!empty(packageUri)) {
  scope: group
  params: { appName: appName, packageUri: packageUri }
  dependsOn: [app]
}

@description('What onboard.bicep asks for.')
var onboardingApp appType = {
  name: appName
  principalId: identities.outputs.principalId
  location: location
  subscriptionId: subscription().subscriptionId
  subscriptionIds: subscriptionIds
  resourceGroup: group.name
  actionGroupId: alerts.outputs.actionGroupId
  deadLetterIdentityId: identities.outputs.deadLetterIdentityId
  deadLetterAccountId: storage.outputs.accountId
  deadLetterContainer: storage.outputs.deadLetterContainer
}

module onboarding 'onboard.bicep' = if (!empty(packageUri)) {
  dependsOn: [code]
  params: {
    app: onboardingApp
    location: location
    tags: allTags
  }
}

@description('Where the app answers.')
output ACR_REMEDIATOR_APP string = app.outputs.url

@description('What onboard.bicep and management-group.bicep ask for.')
output ACR_REMEDIATOR_ONBOARDING appType = onboardingApp

@description('As whom the app acts.')
output ACR_REMEDIATOR_PRINCIPAL_ID string = identities.outputs.principalId

@description('Name of the function app.')
output ACR_REMEDIATOR_FUNCTION_APP string = appName

@description('Where everything lies.')
output AZURE_RESOURCE_GROUP string = group.name
