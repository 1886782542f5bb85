import type { RegistryId, WorkspaceId } from "./arm-id.ts";
import type { Failure } from "./failure.ts";
import type { Assignment, Denial } from "./grants.ts";
import type { Memory } from "./memory.ts";
import type { ObservedRegistry, ObservedWorkspace } from "./observation.ts";
import type { DesiredRegistry } from "./policy.ts";
import type { ObservedChild, PullPrincipal } from "./pull-principals.ts";

/** What came of asking for a fact. One that could not be had does not end a diagnosis. */
export type Asked<Fact> =
  { readonly known: true; readonly fact: Fact } | { readonly known: false; readonly failure: Failure };

/** A registry with all that decides whether it can be reached and logged in to. */
export type RegistryDetails = ObservedRegistry & {
  readonly kind: "found";
  /** `Basic`, `Standard`, `Premium`. */
  readonly sku: string;
  /** `Enabled` or `Disabled`. */
  readonly publicNetworkAccess: string;
  /** What `networkRuleSet` does with whom no rule of it names: `Allow` or `Deny`. */
  readonly defaultAction: string;
  /** The address ranges that `networkRuleSet` lets in. */
  readonly ipRules: readonly string[];
  /** `AzureServices` or `None`. */
  readonly networkRuleBypassOptions: string;
  readonly privateEndpoints: readonly { readonly name: string; readonly status: string }[];
  /** Whether tokens made for Azure Resource Manager may log in (`policies.azureADAuthenticationAsArmPolicy`). */
  readonly armTokensMayLogIn: boolean;
};

/** One thing that Azure Machine Learning's own diagnosis of a workspace says. */
export interface ServiceFinding {
  /** Which of its lists it is in, e.g. `containerRegistry`. */
  readonly area: string;
  readonly code: string;
  /** `Error`, `Warning`, `Information`. */
  readonly level: string;
  readonly message: string;
}

/** What a diagnosis reads of Azure besides what a look reads. All throw only `AzureFailure`. */
export interface DiagnosisReads {
  /** Never from a cache; `undefined` when ARM says that it, or its resource group, does not exist. */
  registryDetails(id: RegistryId, signal: AbortSignal): Promise<RegistryDetails | undefined>;
  /** Has Azure Machine Learning diagnose the workspace, which changes nothing; `undefined` when it did not answer in time. */
  serviceDiagnosis(id: WorkspaceId, signal: AbortSignal): Promise<readonly ServiceFinding[] | undefined>;
}

/** What one identity holds on the registry. */
export interface RightsAsked {
  readonly assignments: Asked<readonly Assignment[]>;
  readonly denials: Asked<readonly Denial[]>;
}

/** Everything that a diagnosis is made of. */
export interface DiagnosisFacts {
  readonly workspace: ObservedWorkspace;
  /** Of a project only. */
  readonly hub?: Asked<ObservedWorkspace | undefined>;
  /** What the policy would have, were it to attach where nothing is. */
  readonly desired: DesiredRegistry;
  /** The registry in question: the one attached (a project's: to its hub), else the one that the policy wants. */
  readonly registry?: { readonly id: RegistryId; readonly details: Asked<RegistryDetails | undefined> };
  /** The workspace's own identities. */
  readonly own: readonly PullPrincipal[];
  readonly computes: Asked<readonly ObservedChild[]>;
  readonly endpoints: Asked<readonly ObservedChild[]>;
  /** By the lower-cased object id of everybody that pulls. */
  readonly rights: ReadonlyMap<string, RightsAsked>;
  readonly service: Asked<readonly ServiceFinding[] | undefined>;
  readonly memory: Asked<Memory | undefined>;
  /** When it was asked, ms since the epoch. */
  readonly at: number;
}

/** A diagnosis as a list of lines, in the order in which an engineer would look. */
export interface Line {
  readonly check: Check;
  /** Whom or what it is about, where a check has a line for each. */
  readonly of?: string;
  /** `note`: nothing is wrong, and yet somebody should know. `unknown`: it could not be found out. */
  readonly status: "ok" | "problem" | "unknown" | "note";
  readonly found: string;
  /** What must not be concluded from it. */
  readonly doesNotProve: string;
  /** Commands of the Azure CLI that mend it by hand, or show more of it. */
  readonly fix?: readonly string[];
}

export type Check =
  | "registry"
  | "attached"
  | "identities"
  | "pullRight"
  | "network"
  | "imageBuild"
  | "login"
  | "buildRight"
  | "keys"
  | "service"
  | "ownRights";

/** A line before it is said what it does not prove. */
export type Found = Omit<Line, "doesNotProve">;

/** The line of a check whose fact could not be had. */
export function unknown(check: Check, { message }: Pick<Failure, "message">, of?: string): Found {
  return { check, ...(of === undefined ? {} : { of }), status: "unknown", found: message };
}
