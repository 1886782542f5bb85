import { idKey } from "./arm-id.ts";
import type { Memory } from "./memory.ts";
import type { FoundRegistry, ObservedWorkspace } from "./observation.ts";
import type { Finding } from "./outcome.ts";
import type { Policy } from "./policy.ts";
import type { PullPrincipal } from "./pull-principals.ts";

/** `firstSight`: nobody knows whether the keys are in sync. `changed`: the last sync covered something else. `owed`: a change was begun whose sync was not seen to end. */
export type SyncCause = "firstSight" | "changed" | "owed";

/** When the two keys of a storage account were made (ms since the epoch; NaN for one that is not told), as one text. */
export function keyTimes(key1 = NaN, key2 = NaN): string {
  return JSON.stringify([key1, key2]);
}

/**
 * What a key sync reads (so what has to be the same for the last one still to hold), in a fixed order.
 * @param principals the workspace's own: a sync does nothing for computes and endpoints
 */
export function covered(
  workspace: ObservedWorkspace,
  registry: FoundRegistry,
  principals: readonly PullPrincipal[],
  storageKeyTimes: string | undefined,
  rotated: Memory["rotated"],
): string {
  return JSON.stringify({
    registry: idKey(registry.id),
    principals: principals.map(({ principalId }) => principalId?.toLowerCase() ?? "").sort(),
    pullMode: registry.adminUserEnabled ? "adminUser" : "identity",
    storage: workspace.storageAccount === undefined ? null : idKey(workspace.storageAccount),
    storageKeyTimes: storageKeyTimes ?? null,
    storageRotated: rotated?.storageAccount ?? null,
    // Of a registry only the admin user's password is copied.
    registryRotated: (registry.adminUserEnabled ? rotated?.registry : undefined) ?? null,
    applicationInsights: workspace.applicationInsights?.toLowerCase() ?? null,
  });
}

/** Whether the keys have to be synced, and what is known of them. */
export function keySync(
  policy: Policy,
  memory: Memory,
  fingerprint: string | undefined,
  attaching: boolean,
): { readonly cause?: SyncCause; readonly adopt: boolean; readonly finding: Finding } {
  const finding = (status: Finding["status"], reason: string, message: string): Finding => {
    return { type: "KeysSynced", status, reason, message };
  };
  if (memory.syncOwed) {
    const owed = finding(
      "False",
      "SyncOwed",
      "A key sync was begun, or a change that needs one, and no sync has been seen to succeed since.",
    );
    return { ...(fingerprint === undefined ? {} : { cause: "owed" }), adopt: false, finding: owed };
  }
  if (fingerprint === undefined)
    return {
      adopt: false,
      finding: finding("Unknown", "IdentityNotReady", "Keys are synced once the identity is there."),
    };
  if (memory.synced === undefined) {
    const isKnownToBeOld = attaching || memory.rotated !== undefined;
    if (policy.firstSight === "adopt" && !isKnownToBeOld)
      return {
        adopt: true,
        finding: finding("Unknown", "Adopted", "Taken for synced as found; Azure has no way to ask."),
      };
    const cause = isKnownToBeOld ? "changed" : "firstSight";
    return {
      cause,
      adopt: false,
      finding: finding("Unknown", "FirstSight", "Nothing is known of an earlier sync, and Azure has no way to ask."),
    };
  }
  if (memory.synced.fingerprint !== fingerprint || attaching)
    return {
      cause: "changed",
      adopt: false,
      finding: finding(
        "False",
        "Changed",
        "The registry, an identity or the storage keys changed since the last sync.",
      ),
    };
  return {
    adopt: false,
    finding:
      memory.synced.how === "synced"
        ? finding("True", "Synced", "Nothing that a sync covers changed since the last one.")
        : finding("Unknown", "Adopted", "Taken for synced as found, and nothing that a sync covers changed since."),
  };
}
