import type { RegistryId, ResourceId, WorkspaceId } from "./arm-id.ts";
import type { Grant } from "./grants.ts";
import type { ObservedImage } from "./images.ts";
import type { PullPrincipal, Puller } from "./pull-principals.ts";
import type { RegistryMode } from "./pull-permission.ts";

/** What Azure says now about one workspace. */
export type Observation =
  | { readonly kind: "gone"; readonly id: WorkspaceId; readonly at: number }
  | {
      readonly kind: "found";
      readonly workspace: ObservedWorkspace;
      /** Of a project only: the hub it inherits its registry from; `undefined` when that hub does not exist. */
      readonly hub?: ObservedWorkspace | undefined;
      /** The registry that the policy wants for this workspace, as Azure describes it; absent when the policy names none. */
      readonly registry?: ObservedRegistry;
      /** Who pulls for this workspace, and whether each may. Empty when there is no registry to ask about. */
      readonly principals: readonly ObservedPrincipal[];
      /** The computes and online endpoints among them. */
      readonly children?: KnownChildren;
      /** How many role assignments the registry's subscription holds; only asked where there is something to grant, or where the last look warned. */
      readonly assignments?: number;
      /** The required images, where the registry is there to be asked for them. */
      readonly images?: readonly ObservedImage[];
      /** When it was looked at, ms since the epoch. */
      readonly at: number;
      /** When the keys of the workspace's storage account were made: differs after a rotation. Holds no secret. */
      readonly storageKeyTimes?: string | undefined;
    };

/** Those of computes and online endpoints that pull, as they were listed last. */
export interface KnownChildren {
  /** Milliseconds since the epoch. */
  readonly listedAt: number;
  /** What was asked for. */
  readonly of: readonly Puller[];
  readonly principals: readonly PullPrincipal[];
}

export interface ObservedWorkspace {
  readonly id: WorkspaceId;
  /** Lower-case: `default`, `hub`, `project`, `featurestore`. */
  readonly kind: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly provisioningState: string;
  readonly identity: ObservedIdentity;
  readonly containerRegistry?: RegistryId;
  readonly hubId?: WorkspaceId;
  readonly storageAccount?: ResourceId;
  readonly applicationInsights?: string;
  /** The compute cluster that builds images where the registry's own builds cannot reach it. */
  readonly imageBuildCompute?: string;
}

export interface ObservedIdentity {
  readonly systemAssigned: boolean;
  /** Absent for a while after creation. */
  readonly systemPrincipalId?: string;
  readonly userAssigned: readonly { readonly id: ResourceId; readonly principalId?: string }[];
  /** The user-assigned identity that represents the workspace (`properties.primaryUserAssignedIdentity`). */
  readonly primary?: ResourceId;
}

export type ObservedRegistry =
  | { readonly kind: "missing"; readonly id: RegistryId }
  | {
      readonly kind: "found";
      readonly id: RegistryId;
      readonly provisioningState: string;
      readonly mode: RegistryMode;
      readonly adminUserEnabled: boolean;
      /** The host of its data plane; absent until it has one. */
      readonly loginServer?: string;
    };

/** A registry that exists. */
export type FoundRegistry = ObservedRegistry & { readonly kind: "found" };

export interface ObservedPrincipal extends PullPrincipal {
  readonly grant?: Grant;
  /** There are too many to look at all of them at once: the next look sees it. */
  readonly unseen?: boolean;
  /** Of a workspace's user-assigned identity: whether it may build images in the registry. */
  readonly builds?: boolean;
}
