metadata description = 'Who is told, and of what: everything that docs/operations.md calls a page, but for lost events, which are counted where they come from.'

@description('Where the rules lie.')
param location string

@description('Name of the app; the rules are named after it.')
param appName string

@description('Where the app answers.')
param appUrl string

@description('ARM id of the Application Insights resource.')
param componentId string

@description('Addresses of whom to mail.')
param emails string[]

@description('Whether Azure asks the app every 15 minutes whether it is well.')
param isProbed bool

@description('Tags of the resources.')
param tags { *: string }

@description('What is asked of telemetry, by what it is called: a row is an alert. How far a question looks back, it says itself; the window of a rule is the same or larger.')
var questions = {
  blocked: {
    query: loadTextContent('../alerts/blocked.kql')
    severity: 2
    every: 'PT15M'
    window: 'PT30M'
    description: 'Workspaces wait for a person: GET /api/workspaces?outcome=blocked lists them.'
  }
  'waiting-too-long': {
    query: loadTextContent('../alerts/waiting-too-long.kql')
    severity: 3
    every: 'PT15M'
    window: 'PT30M'
    description: 'A workspace has been waiting for twelve hours: GET /api/workspaces?outcome=waiting lists them.'
  }
  'sweep-overdue': {
    query: loadTextContent('../alerts/sweep-overdue.kql')
    severity: 2
    every: 'PT1H'
    window: 'P2D'
    description: 'No sweep has ended for 26 hours, or the app tells nothing: GET /api/health/ready says which.'
  }
  backlog: {
    query: loadTextContent('../alerts/backlog.kql')
    severity: 2
    every: 'PT5M'
    window: 'PT15M'
    description: 'Requests wait to be taken for more than 15 minutes: see the log of the function requests.'
  }
  poison: {
    query: loadTextContent('../alerts/poison.kql')
    severity: 2
    every: 'PT15M'
    window: 'PT30M'
    description: 'Messages could not be processed: see the table Rejected and the log of the function requests.'
  }
  'error-rate': {
    query: loadTextContent('../alerts/error-rate.kql')
    severity: 2
    every: 'PT15M'
    window: 'PT30M'
    description: 'More than a tenth of the calls of functions fail: see the log.'
  }
}

@description('Who asks: a place for each cloud (Microsoft Learn, "Availability tests", location tags).')
var probeLocations = {
  AzureCloud: 'emea-nl-ams-azr'
  AzureUSGovernment: 'usgov-va-azr'
  AzureChinaCloud: 'mc-cne-azr'
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${appName}-people'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'ACRRemediat'
    emailReceivers: [for email in emails: { name: email, emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for question in items(questions): {
    name: '${appName}-${question.key}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${appName}: ${question.key}'
      description: question.value.description
      severity: question.value.severity
      enabled: true
      autoMitigate: true
      scopes: [componentId]
      evaluationFrequency: question.value.every
      windowSize: question.value.window
      // Before anything was told Azure knows no table.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: question.value.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [people.id] }
    }
  }
]

resource probe 'Microsoft.Insights/webtests@2022-06-15' = if (isProbed) {
  name: '${appName}-ready'
  location: location
  // By this tag Application Insights shows the test among its own.
  tags: union(tags, { 'hidden-link:${componentId}': 'Resource' })
  kind: 'standard'
  properties: {
    Name: '${appName}-ready'
    SyntheticMonitorId: '${appName}-ready'
    Kind: 'standard'
    Enabled: true
    Frequency: 900
    Timeout: 60
    RetryEnabled: true
    Locations: [{ Id: probeLocations[environment().name] }]
    Request: { RequestUrl: '${appUrl}/api/health/ready', HttpVerb: 'GET', ParseDependentRequests: false }
    ValidationRules: { ExpectedHttpStatusCode: 200, SSLCheck: true, SSLCertRemainingLifetimeCheck: 7 }
  }
}

resource notReady 'Microsoft.Insights/metricAlerts@2026-01-01' = if (isProbed) {
  name: '${appName}-not-ready'
  location: 'global'
  tags: tags
  properties: {
    description: 'GET /api/health/ready does not answer 200: it says what the app is behind with.'
    severity: 2
    enabled: true
    scopes: [probe.id, componentId]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT30M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: probe.id
      componentId: componentId
      failedLocationCount: 1
    }
    actions: [{ actionGroupId: people.id }]
  }
}

@description('ARM id of the action group.')
output actionGroupId string = people.id
