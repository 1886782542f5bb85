import type { Memory } from "../../src/core/memory.ts";

/** A memory with something in every field. */
export function fullMemory(memory: Memory): Required<Memory> {
  const at = Date.UTC(2026, 0, 15, 12);
  return {
    ...memory,
    outcome: { kind: "waiting", reason: "IdentityNotReady", message: "not yet", retryAt: at },
    outcomeAt: at,
    conditions: [{ type: "KeysSynced", status: "Unknown", reason: "NeverSynced", message: "?", since: at }],
    warnings: [{ reason: "CannotBuildImages", message: "!" }],
    refused: { registryId: "r", reason: "MissingPermission", at },
    lacking: { action: "a", scope: "s" },
    adminUser: { registryId: "r", at },
    grants: [{ of: "compute", registryId: "r", roleId: "r", principalId: "p", label: "l", missingSince: at }],
    exempt: { until: at, reason: "r" },
    proved: {
      registryId: "r",
      mode: "AbacRepositoryPermissions",
      proofs: [{ principalId: "p", assignmentId: "/a", roleId: "r" }],
    },
    storageKeyTimes: "[1,2]",
    sweepRequest: "sweep-1",
    grantsForgotten: 2,
    pruneRefused: { at, message: "no" },
    children: {
      listedAt: at,
      of: ["compute", "endpoint"],
      principals: [{ of: "compute", label: "identity of the compute c", principalId: "p", identityId: "/…" }],
    },
    memberships: [{ assignmentId: "a", principalIds: ["p"], at }],
    seen: {
      registryId: "/subscriptions/…/registries/r",
      storageAccountId: "/subscriptions/…/storageAccounts/s",
      principals: [{ label: "workspace", principalId: "p", canPull: false, how: "" }],
      more: 7,
    },
    synced: { fingerprint: "f", how: "adopted", at },
    syncOwed: true,
    rotated: { registry: at, storageAccount: at },
    attempted: [{ kind: "GrantPull", description: "grant", assignmentId: "a" }],
    contest: { rounds: [{ action: "attach", at }], foreign: { at, actor: "a", operation: "o" }, leftAt: at },
    attachment: { registryId: "r", lookedAt: at, attachedAt: at, raced: { at, actor: "a", operation: "o" } },
    done: ["attach"],
    doneBefore: 3,
    operation: { kind: "SyncKeys", description: "sync keys", state: "{}", since: at, pollAt: at, fingerprint: "f" },
    importing: {
      kind: "ImportImage",
      description: "import i:1",
      state: "{}",
      since: at,
      pollAt: at,
      registryId: "/subscriptions/…/registries/r",
    },
    waits: [{ reason: "IdentityNotReady", attempt: 2, since: at, missed: 0 }],
    blockedAs: "MissingPermission",
    startedAt: at,
    nextLookAt: at,
  };
}
