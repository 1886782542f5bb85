import { formatId } from "../../src/core/arm-id.ts";
import { diagnosisOf } from "../../src/core/diagnosis.ts";
import type { Asked, DiagnosisFacts, Line, RegistryDetails, RightsAsked } from "../../src/core/diagnosis-facts.ts";
import type { Failure } from "../../src/core/failure.ts";
import type { Assignment, Denial } from "../../src/core/grants.ts";
import { contributor, pullRoles } from "../../src/core/pull-permission.ts";
import { workspacePrincipals } from "../../src/core/pull-principals.ts";
import { principalId } from "./ids.ts";
import { contoso, memoryOf, registryOf, workspaceOf } from "./samples.ts";

export const now = 3_600_000;

export function known<Fact>(fact: Fact): Asked<Fact> {
  return { known: true, fact };
}

/** Our identity was refused a read. */
export function refused(action: string, scope = formatId(contoso)): { known: false; failure: Failure } {
  const message = `Could not read: our identity lacks ${action} at ${scope}.`;
  return { known: false, failure: { kind: "missingPermission", message, action, scope } };
}

export const unanswered: { known: false; failure: Failure } = {
  known: false,
  failure: { kind: "transient", message: "Could not read. Azure said no answer." },
};

export function detailsOf(more: Partial<RegistryDetails> = {}): RegistryDetails {
  return {
    ...registryOf(),
    sku: "Premium",
    publicNetworkAccess: "Enabled",
    defaultAction: "Allow",
    ipRules: [],
    networkRuleBypassOptions: "AzureServices",
    privateEndpoints: [],
    armTokensMayLogIn: true,
    ...more,
  };
}

export function assignmentOf(more: Partial<Assignment> = {}): Assignment {
  const actions = ["Microsoft.ContainerRegistry/registries/pull/read"];
  return {
    id: `${formatId(contoso)}/providers/Microsoft.Authorization/roleAssignments/1`,
    principalId: principalId(1),
    scope: formatId(contoso),
    role: "AcrPull",
    roleDefinitionId: pullRoles.LegacyRegistryPermissions.id,
    permissions: [{ actions, notActions: [], dataActions: [], notDataActions: [] }],
    createdAt: 0,
    ...more,
  };
}

/** May do everything, but assign roles. */
export const contributorAssignment: Assignment = assignmentOf({
  role: "Contributor",
  roleDefinitionId: contributor.id,
  permissions: [{ actions: ["*"], notActions: [], dataActions: [], notDataActions: [] }],
});

export function rightsOf(assignments: readonly Assignment[], denials: readonly Denial[] = []): RightsAsked {
  return { assignments: known(assignments), denials: known(denials) };
}

/** Of the workspace's system-assigned identity, and of nobody else. */
export function rightsOfOne(rights: RightsAsked): DiagnosisFacts["rights"] {
  return new Map([[principalId(1), rights]]);
}

/** Everything is as it should be, unless something is said to be otherwise. */
export function factsOf(more: Partial<DiagnosisFacts> = {}): DiagnosisFacts {
  const workspace = more.workspace ?? workspaceOf({ containerRegistry: contoso });
  const synced = {
    type: "KeysSynced",
    status: "True",
    reason: "Synced",
    message: "Nothing changed.",
    since: 1,
  } as const;
  return {
    workspace,
    desired: { kind: "registry", id: contoso },
    registry: { id: contoso, details: known(detailsOf()) },
    own: workspacePrincipals(workspace.identity),
    computes: known([]),
    endpoints: known([]),
    rights: rightsOfOne(rightsOf([assignmentOf()])),
    service: known([]),
    memory: known(memoryOf({ conditions: [synced], outcome: { kind: "compliant" } })),
    at: now,
    ...more,
  };
}

/** The facts without a registry to ask about. */
export function withoutRegistry(facts: DiagnosisFacts): DiagnosisFacts {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => name !== "registry")) as unknown as DiagnosisFacts;
}

/** The only line of a check, or the one about somebody. */
export function lineOf(facts: DiagnosisFacts, check: Line["check"], of?: string): Line {
  const lines = diagnosisOf(facts).lines.filter((line) => line.check === check && (of === undefined || line.of === of));
  const [line] = lines;
  if (line === undefined || lines.length > 1) throw new Error(`There are ${lines.length} lines of ${check}.`);
  return line;
}
