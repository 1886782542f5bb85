metadata description = 'What several of the templates speak of.'

@export()
@description('What onboarding a subscription has to know of the app that looks after it: an output of main.bicep.')
type app = {
  @description('Name of the function app.')
  name: string

  @description('Object id of the identity as which the app acts.')
  principalId: string

  @description('Where the app runs.')
  location: string

  @description('Id of the subscription that the app lies in.')
  subscriptionId: string

  @description('Ids of the subscriptions that its settings name.')
  subscriptionIds: string[]

  @description('Resource group that the app lies in.')
  resourceGroup: string

  @description('ARM id of the action group that is told when events are lost.')
  actionGroupId: string

  @description('ARM id of the identity as which Event Grid puts aside what it cannot deliver.')
  deadLetterIdentityId: string

  @description('ARM id of the storage account that it is put into.')
  deadLetterAccountId: string

  @description('Container of that account.')
  deadLetterContainer: string
}

@export()
@description('A rule of REMEDIATOR_REGISTRY_RULES: what it leaves out it does not look at, and the first rule that matches a workspace wins.')
type registryRule = {
  @description('Of workspaces of this subscription.')
  subscriptionId: string?

  @description('Of workspaces of this resource group.')
  resourceGroup: string?

  @description('Of workspaces at this location.')
  location: string?

  @description('ARM ids. The first one is attached unless a tag of the workspace chooses another of them.')
  registryIds: string[]
}

@export()
@description('An image of REMEDIATOR_REQUIRED_IMAGES.')
type requiredImage = {
  @description('repository:tag')
  image: string

  @description('Where it is imported from if it is missing: a public image such as docker.io/owner/name:tag.')
  importFrom: string?
}

@export()
@sealed()
@description('Settings of the app that ask for nothing in Azure. The README says what each means.')
type furtherSettings = {
  @description('What is done about a workspace without a registry, or with another.')
  REMEDIATOR_ATTACH: ('whenMissing' | 'replace' | 'never')?

  @description('workspace, compute, endpoint, or some of them, separated by commas.')
  REMEDIATOR_PULL_PRINCIPALS: string?

  @description('Where user-assigned identities of computes and endpoints may lie, separated by commas.')
  REMEDIATOR_ALLOWED_IDENTITY_SCOPES: string?

  @description('What is done about the keys of a workspace that is seen for the first time.')
  REMEDIATOR_FIRST_SIGHT: ('sync' | 'adopt')?

  @description('How often one repair is made in a day that somebody undoes.')
  REMEDIATOR_CONTEST_ROUNDS: string?

  @description('Hours until a wait is called blocked.')
  REMEDIATOR_DEADLINE_HOURS: string?

  @description('Minutes until what is blocked is looked at again.')
  REMEDIATOR_RECHECK_MINUTES: string?

  @description('Days that a workspace may go without a look.')
  REMEDIATOR_RECHECK_AFTER_DAYS: string?

  @description('Multiplies every wait.')
  REMEDIATOR_WAIT_SCALE: string?

  @description('Seconds for which a killed instance keeps a workspace.')
  REMEDIATOR_LEASE_SECONDS: string?

  @description('Six fields, seconds first, UTC. The alert on an overdue sweep expects one a day.')
  REMEDIATOR_SWEEP_SCHEDULE: string?
}

@export()
@description('A custom role, as a file of infra/roles has it.')
type customRole = {
  @description('What it is called.')
  roleName: string

  @description('What it is for.')
  description: string

  @description('What it permits.')
  actions: string[]

  @description('What it does not permit for all that.')
  notActions: string[]

  @description('What it permits on data.')
  dataActions: string[]

  @description('Where it is assigned.')
  assignTo: 'workspaceSubscription' | 'registry' | 'registrySubscription' | 'registryOfOptIn'

  @description('Of its assignment.')
  condition: string?

  @description('Of the condition.')
  conditionVersion: '2.0'?

  @description('The app setting that asks for what the role is for.')
  optIn: string?
}

@export()
@description('Where the app keeps what it remembers.')
type storageEndpoints = {
  @description('Of blobs.')
  blob: string

  @description('Of queues.')
  queue: string

  @description('Of tables.')
  table: string
}

@export()
@description('The name of a custom role. It differs by app and subscription, as Azure wants these names to be unique in a tenant, and each subscription has its own role: who onboards one changes nothing of another.')
func roleName(name string, appName string, subscriptionId string) string => '${name} (${appName}, ${subscriptionId})'

@export()
@description('The id of a custom role as it is deployed to a subscription: the same each time.')
func roleId(key string, appName string, subscriptionId string) string => guid(subscriptionId, appName, key)
