metadata description = 'As whom the app acts, and as whom Event Grid puts aside what it cannot deliver.'

@description('Where they lie.')
param location string

@description('Name of the identity of the app.')
param appIdentityName string

@description('Name of the identity of Event Grid.')
param deadLetterIdentityName string

@description('Tags of the resources.')
param tags { *: string }

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: appIdentityName
  location: location
  tags: tags
}

// Not the app's: Event Grid needs no other right, and the app none on dead letters.
resource deadLetters 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: deadLetterIdentityName
  location: location
  tags: tags
}

@description('ARM id of the identity of the app.')
output appIdentityId string = app.id

@description('Client id of the identity of the app.')
output clientId string = app.properties.clientId

@description('Object id of the identity of the app.')
output principalId string = app.properties.principalId

@description('ARM id of the identity of Event Grid.')
output deadLetterIdentityId string = deadLetters.id

@description('Object id of the identity of Event Grid.')
output deadLetterPrincipalId string = deadLetters.properties.principalId
