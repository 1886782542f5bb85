import { type RegistryId, type ResourceId, sameId, type WorkspaceId } from "./arm-id.ts";
import type { RegistryMode } from "./pull-permission.ts";

/** What Azure says now about one workspace. */
export type Observation =
  | { readonly kind: "gone" }
  | {
      readonly kind: "found";
      readonly workspace: ObservedWorkspace;
      /** Of a project only: the hub it inherits its registry from; `undefined` when that hub does not exist. */
      readonly hub?: ObservedWorkspace | undefined;
      /** The registry that the policy wants for this workspace, as Azure describes it; absent when the policy names none. */
      readonly registry?: ObservedRegistry;
      /** Who pulls for this workspace, and whether each may. Empty when there is no registry to ask about. */
      readonly principals: readonly ObservedPrincipal[];
      /** When the keys of the workspace's storage account were made: differs after a rotation. Holds no secret. */
      readonly storageKeyTimes?: string | undefined;
    };

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
    };

/** An identity that pulls images for a workspace. */
export interface PullPrincipal {
  /** For a person: `workspace identity`, `user-assigned identity NAME`. */
  readonly label: string;
  /** The object id in Entra ID; absent while Azure has not created it yet. */
  readonly principalId?: string;
}

export interface ObservedPrincipal extends PullPrincipal {
  readonly grant?: Grant;
}

/** Whether a principal holds the right to pull. A right held is not a right in effect: Azure takes minutes to propagate it. */
export type Grant =
  | {
      readonly held: true;
      readonly assignmentId: string;
      readonly role: string;
      readonly scope: string;
      readonly through: "itself" | "a group";
    }
  | {
      readonly held: false;
      /** What was found and does not suffice, e.g. an assignment with a condition. */
      readonly note?: string;
      /** What was found is the principal's own, at the registry itself: somebody restricted it on purpose. */
      readonly restricted?: boolean;
    };

/**
 * The identities of the workspace itself that pull for it (computes without an identity of their own use the workspace's).
 * The system-assigned one always counts. Of user-assigned ones the primary represents the workspace; where none is
 * named, any of them may be used and all count.
 */
export function workspacePrincipals(identity: ObservedIdentity): readonly PullPrincipal[] {
  const system: PullPrincipal[] = identity.systemAssigned
    ? [
        {
          label: "workspace identity",
          ...(identity.systemPrincipalId === undefined ? {} : { principalId: identity.systemPrincipalId }),
        },
      ]
    : [];
  const { primary: named } = identity;
  const primary = named === undefined ? [] : identity.userAssigned.filter(({ id }) => sameId(id, named));
  const userAssigned = primary.length > 0 ? primary : identity.systemAssigned ? [] : identity.userAssigned;
  return [
    ...system,
    ...userAssigned.map(({ id, principalId }) => ({
      label: `user-assigned identity ${id.names.join("/")}`,
      ...(principalId === undefined ? {} : { principalId }),
    })),
  ];
}
