metadata description = 'A network of the app\'s own: it goes out through one subnet, and the other holds the private endpoints of its storage.'

@description('Where it lies.')
param location string

@description('Name of the network; what belongs to it is named after it.')
param networkName string

@description('Addresses of the network: a /24 or larger.')
param addressPrefix string

@description('Tags of the resources.')
param tags { *: string }

resource closed 'Microsoft.Network/networkSecurityGroups@2026-03-01' = {
  name: '${networkName}-closed'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'nobody-comes-from-outside'
        properties: {
          access: 'Deny'
          direction: 'Inbound'
          priority: 4000
          protocol: '*'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

// Subnets as a property: a network that is deployed again without it may lose those that it has.
resource network 'Microsoft.Network/virtualNetworks@2026-03-01' = {
  name: networkName
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          // What Flex Consumption asks for. Without a way out the app would not reach Azure Resource Manager.
          delegations: [{ name: 'flex-consumption', properties: { serviceName: 'Microsoft.App/environments' } }]
          defaultOutboundAccess: true
          networkSecurityGroup: { id: closed.id }
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 1)
          defaultOutboundAccess: false
          networkSecurityGroup: { id: closed.id }
          privateEndpointNetworkPolicies: 'Enabled'
        }
      }
    ]
  }

  resource appSubnet 'subnets' existing = {
    name: 'app'
  }

  resource endpointSubnet 'subnets' existing = {
    name: 'endpoints'
  }
}

@description('ARM id of the network.')
output networkId string = network.id

@description('ARM id of the subnet through which the app goes out.')
output appSubnetId string = network::appSubnet.id

@description('ARM id of the subnet for private endpoints.')
output endpointSubnetId string = network::endpointSubnet.id
