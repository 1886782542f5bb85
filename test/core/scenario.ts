import type { WaitReason } from "../../src/core/outcome.ts";
import type { RegistryMode } from "../../src/core/pull-permission.ts";
import { foreign, home, second } from "./ids.ts";
import type { RoleName } from "./roles.ts";
import type { Fault } from "./simulated-azure.ts";
import type { Course } from "./simulated-writes.ts";

/**
 * A world in plain data, as it is generated, shrunk, printed, and judged by the oracle. Registries and workspaces go by
 * name; durations are in milliseconds from the beginning, `Infinity` is never.
 */
export interface Scenario {
  readonly mode: "audit" | "enforce";
  readonly firstSight: "sync" | "adopt";
  /** Whether the policy requires an image, which it says where to import from. */
  readonly requiresImage: boolean;
  readonly defaultRegistry: RegistryName | undefined;
  readonly rules: readonly RuleSpec[];
  readonly registries: Readonly<Record<RegistryName, RegistrySpec>>;
  /** The first is the hub of those that are projects. */
  readonly workspaces: readonly WorkspaceSpec[];
  readonly faults: readonly (Fault | undefined)[];
  readonly courses: readonly Course[];
  readonly staleMs: number;
  readonly denied: readonly ("attach" | "grant" | "sync")[];
  /** After how many of its calls a process dies, and the next, and the next. */
  readonly deaths: readonly { readonly at: number; readonly when: "before" | "after" }[];
}

export const registryNames = ["contoso", "other", "platform"] as const;
export type RegistryName = (typeof registryNames)[number];

export const subscriptions = { home, second, foreign } as const;
export type SubscriptionName = keyof typeof subscriptions;
/** The policy's subscriptions. */
export const ours: readonly SubscriptionName[] = ["home", "second"];

export interface RuleSpec {
  readonly subscription: SubscriptionName | undefined;
  readonly group: string | undefined;
  readonly location: string | undefined;
  readonly registries: readonly RegistryName[];
}

export interface RegistrySpec {
  readonly state: "Succeeded" | "Failed" | "Creating" | "missing";
  readonly mode: RegistryMode;
  readonly adminUserEnabled: boolean;
}

export interface WorkspaceSpec {
  readonly subscription: SubscriptionName;
  readonly group: string;
  readonly location: string;
  readonly kind: "default" | "hub" | "project" | "featurestore";
  readonly hubIsMissing: boolean;
  readonly optOut: string | undefined;
  readonly registryTag: string | undefined;
  readonly otherTags: Readonly<Record<string, string>>;
  readonly state: string;
  readonly provisionedIn: number;
  readonly system: { readonly appearsIn: number; readonly knownIn: number } | undefined;
  readonly userAssigned: readonly { readonly known: boolean }[];
  readonly primary: number | undefined;
  readonly attached: RegistryName | undefined;
  readonly platformAttachesIn: number;
  readonly deletedIn: number;
  readonly hasStorage: boolean;
  readonly grants: readonly GrantSpec[];
  readonly memory: MemorySpec | undefined;
}

export interface GrantSpec {
  readonly registry: RegistryName;
  readonly role: RoleName;
  readonly through: "itself" | "a group";
  readonly conditional: boolean;
}

export interface MemorySpec {
  readonly syncOwed: boolean;
  readonly synced: "synced" | "adopted" | undefined;
  readonly operation: "AttachRegistry" | "SyncKeys" | undefined;
  readonly wait: { readonly reason: WaitReason; readonly attempt: number; readonly agoMs: number } | undefined;
  readonly startedAgoMs: number;
  readonly blocked: boolean;
}

export function workspaceName(index: number): string {
  return `ws${index}`;
}

/** Numbers of the principals of a workspace: its own first, then its user-assigned ones. */
export function principalNumber(workspace: number, identity: number): number {
  return 1 + workspace * 16 + identity;
}

/** What the first workspace is: never a project, because it is the projects' hub. */
export function kindOf(scenario: Scenario, index: number): WorkspaceSpec["kind"] {
  const kind = scenario.workspaces[index]?.kind ?? "default";
  return index === 0 && kind === "project" ? "hub" : kind;
}
