metadata description = 'Private endpoints of the storage account, and the zones in which the network finds them.'

@description('Where they lie.')
param location string

@description('ARM id of the storage account.')
param accountId string

@description('ARM id of the network that finds them.')
param networkId string

@description('ARM id of the subnet that holds them.')
param subnetId string

@description('Tags of the resources.')
param tags { *: string }

@description('What the app and its host use of it.')
var services = ['blob', 'queue', 'table']

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for service in services: {
    name: 'privatelink.${service}.${environment().suffixes.storage}'
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (service, index) in services: {
    parent: zones[index]
    name: uniqueString(networkId)
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: networkId }
    }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2026-03-01' = [
  for service in services: {
    name: '${last(split(accountId, '/'))}-${service}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        { name: service, properties: { privateLinkServiceId: accountId, groupIds: [service] } }
      ]
    }
  }
]

resource records 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2026-03-01' = [
  for (service, index) in services: {
    parent: endpoints[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: service, properties: { privateDnsZoneId: zones[index].id } }]
    }
  }
]
