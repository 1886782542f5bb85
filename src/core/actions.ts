import type { RegistryId, WorkspaceId } from "./arm-id.ts";
import { formatImage, formatSource, type ImageName, type ImageSource } from "./image-name.ts";
import type { SyncCause } from "./key-sync.ts";
import type { Puller } from "./pull-principals.ts";
import type { Role } from "./pull-permission.ts";

/** One step of a plan. Attaching and granting do not depend on each other; syncing keys comes after both, imports of images come last. */
export type Action =
  | {
      readonly kind: "AttachRegistry";
      readonly workspace: WorkspaceId;
      readonly registry: RegistryId;
      /** What is attached and makes way, where the policy says so. */
      readonly replaces?: RegistryId;
    }
  | {
      readonly kind: "GrantPull";
      readonly workspace: WorkspaceId;
      readonly registry: RegistryId;
      readonly label: string;
      readonly principalId: string;
      readonly role: Role;
      readonly of: Puller;
      /** It ends with what it belongs to, and so does the use of the grant. */
      readonly isSystemAssigned: boolean;
    }
  | { readonly kind: "EnableAdminUser"; readonly workspace: WorkspaceId; readonly registry: RegistryId }
  | {
      /** Removes a grant of ours whose principal is gone. */
      readonly kind: "PruneGrant";
      readonly workspace: WorkspaceId;
      readonly registry: RegistryId;
      readonly label: string;
      readonly principalId: string;
      readonly roleId: string;
    }
  | { readonly kind: "SyncKeys"; readonly workspace: WorkspaceId; readonly cause: SyncCause }
  | {
      readonly kind: "ImportImage";
      readonly workspace: WorkspaceId;
      readonly registry: RegistryId;
      /** What it is called in the registry. */
      readonly image: ImageName;
      readonly from: ImageSource;
    };

/** What a person is told that an action does, in the present tense: `attach contoso`, `grant AcrPull to …`. */
export function describe(action: Action): string {
  switch (action.kind) {
    case "AttachRegistry":
      return `attach ${action.registry.name}${action.replaces === undefined ? "" : ` in place of ${action.replaces.name}`}`;
    case "GrantPull":
      return `grant ${action.role.name} on ${action.registry.name} to the ${action.label} (${action.principalId})`;
    case "EnableAdminUser":
      return `enable the admin user of ${action.registry.name}`;
    case "PruneGrant":
      return `remove the grant on ${action.registry.name} that was made for the ${action.label} (${action.principalId}), which is gone`;
    case "SyncKeys":
      return "sync keys";
    case "ImportImage":
      return `import ${formatImage(action.image)} into ${action.registry.name} from ${formatSource(action.from)}`;
  }
}

/** Whether the workspace is known to differ from what is wanted. A first key sync is caution, not drift. */
export function isDrift(action: Action): boolean {
  return !(action.kind === "SyncKeys" && action.cause === "firstSight");
}
