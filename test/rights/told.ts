import { documentedRoles, type DocumentedRoles, withRoles } from "../../local/documented-rights.ts";
import { azureReads } from "../../src/azure/azure.ts";
import { azureDiagnosisReads } from "../../src/azure/diagnosis-reads.ts";
import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import { diagnose } from "../../src/core/diagnosis.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { Remediator } from "../azure/remediator.ts";
import { armOf, imagesOf } from "../azure/setting.ts";
import {
  broken,
  type Given,
  platformSubscriptionId,
  registryId,
  type Scenario,
  storageId,
  subscriptionId,
  workspaceId,
} from "./scenarios.ts";

/** What the app says for want of one action, and what it makes of it once it has it. */
export interface Told {
  /** Of what reports it: `blocked: MissingPermission`. */
  readonly kind: string;
  readonly message: string;
  /** The actions for which Azure refused something. */
  readonly refused: readonly (string | null)[];
  /** Method and path of what needs the action. */
  readonly calls: readonly string[];
  /** Once the action is there as well. */
  readonly after: { readonly outcome: Outcome | undefined; readonly writes: readonly string[] };
}

/** Runs the scenario with all documented roles but for its action; then gives the action, and lets the app look again. */
export async function toldWithout({ action, by = "look", given = broken, happens }: Scenario): Promise<Told> {
  const remediator = await startWith(given, rolesWithout(action));
  try {
    if (happens !== undefined) {
      await remediator.settle([workspaceId]);
      await happens(remediator);
    }
    const { kind, message } = await meetings[by](remediator);
    const { azure } = remediator;
    const refused = azure.requests.filter(({ isSelf, status }) => isSelf && status === 403);
    azure.world.setPermissions([{ scope: "/", actions: [action], dataActions: [action] }]);
    await remediator.settle([workspaceId], "http");
    const writes = azure.requests
      .filter(({ isWrite, status }) => isWrite && status < 400)
      .map(({ method, path }) => `${method} ${path.split("/").at(path.includes("/roleAssignments/") ? -2 : -1) ?? ""}`);
    // The calls of a sweep or a diagnosis are those before the look.
    const asking =
      by === "look" ? azure.requests.filter((request) => request.isSelf && request.action === action) : refused;
    return {
      kind,
      message,
      refused: refused.map((request) => request.action),
      calls: asking.map(({ method, path }) => `${method} ${path}`),
      after: { outcome: remediator.outcomeOf(workspaceId), writes: writes.sort() },
    };
  } finally {
    await remediator.azure.close();
  }
}

/** The app with roles that are assigned as they are documented. */
export function startWith(
  { policy, fixture, settings, optIns = {} }: Given,
  roles: DocumentedRoles,
): Promise<Remediator> {
  const places = { subscriptions: [subscriptionId], registries: [registryId], storageAccounts: [], optIns };
  return Remediator.start(policy, withRoles(fixture, places, roles), settings);
}

function rolesWithout(action: string): DocumentedRoles {
  const others = (list: readonly string[]): string[] => list.filter((one) => one !== action);
  return Object.fromEntries(
    Object.entries(documentedRoles).map(([key, role]) => [
      key,
      { ...role, actions: others(role.actions), dataActions: others(role.dataActions) },
    ]),
  );
}

/** What meets the lack, and what it says. */
const meetings: Readonly<
  Record<NonNullable<Scenario["by"]>, (remediator: Remediator) => Promise<{ kind: string; message: string }>>
> = { look, sweep: sweepOnce, diagnosis: diagnoseOnce };

async function look(remediator: Remediator): Promise<{ kind: string; message: string }> {
  await remediator.settle([workspaceId]);
  const outcome = remediator.outcomeOf(workspaceId);
  const [warning] = remediator.memoryOf(workspaceId).warnings ?? [];
  if (outcome?.kind === "compliant" && warning !== undefined)
    return { kind: `${outcome.kind}, with the warning ${warning.reason}`, message: warning.message };
  const reason = outcome !== undefined && "reason" in outcome ? `: ${outcome.reason}` : "";
  return {
    kind: `${String(outcome?.kind)}${reason}`,
    message: outcome !== undefined && "message" in outcome ? outcome.message : "",
  };
}

async function sweepOnce(remediator: Remediator): Promise<{ kind: string; message: string }> {
  const { errors } = await remediator.sweep();
  return { kind: "error of the sweep", message: errors.map(({ message }) => message).join("; ") };
}

async function diagnoseOnce({ azure, clock, policy }: Remediator): Promise<{ kind: string; message: string }> {
  const arm = armOf(azure, clock);
  const ports = {
    reads: azureReads(arm, clock, imagesOf(azure, clock)),
    diagnosisReads: azureDiagnosisReads(arm, clock),
    clock,
  };
  const memory = { known: true, fact: undefined } as const;
  const diagnosis = await diagnose(parseWorkspaceId(workspaceId), memory, policy, ports, new AbortController().signal);
  const unknown = diagnosis?.lines.filter(({ check, status }) => status === "unknown" && check !== "keys") ?? [];
  return { kind: "unknown line of a diagnosis", message: unknown.map(({ found }) => found).join("; ") };
}

const placeholders: readonly (readonly [string, string])[] = [
  [workspaceId, "{workspace}"],
  [registryId, "{registry}"],
  [storageId, "{storage account}"],
  [`/subscriptions/${platformSubscriptionId}`, "{subscription of the registry}"],
  [`/subscriptions/${subscriptionId}`, "{subscription}"],
  ["locations/westeurope", "locations/{location}"],
];

/** The same with placeholders for what is made up. */
export function withPlaceholders(text: string): string {
  const replaced = placeholders.reduce((sofar, [id, name]) => sofar.replaceAll(id, name), text);
  return replaced.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, "{id}");
}
