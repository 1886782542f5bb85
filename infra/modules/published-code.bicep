metadata description = 'Publishes a package of the app from an address, as a deployment without azd does.'

@description('Name of the function app.')
param appName string

@description('https address of the package, which whoever has it may read.')
@secure()
param packageUri string

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName
}

resource package 'Microsoft.Web/sites/extensions@2025-03-01' = {
  parent: app
  name: 'onedeploy'
  // Microsoft Learn has it ("Deploy files to Azure App Service", ARM template); Bicep's type knows the older MSDeploy alone.
  #disable-next-line BCP187
  properties: { packageUri: packageUri, remoteBuild: false }
}
