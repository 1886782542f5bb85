/** Whatever a plan may be made from, whether or not it makes sense. */
import fc from "fast-check";
import { formatId } from "../../src/core/arm-id.ts";
import type { Memory } from "../../src/core/memory.ts";
import type { ObservedImage } from "../../src/core/images.ts";
import type { Grant } from "../../src/core/grants.ts";
import type { ObservedPrincipal, ObservedRegistry, ObservedWorkspace } from "../../src/core/observation.ts";
import type { Observation } from "../../src/core/observation.ts";
import { defaultWaits, type IdentityScope, type Policy } from "../../src/core/policy.ts";
import { home, principalId, registryId, second, storageAccount, userAssignedId, workspaceId } from "./ids.ts";
import { base, winarena } from "./samples.ts";
const registries = [registryId("contoso"), registryId("CONTOSO"), registryId("other"), registryId("other", second)];
const registry = fc.constantFrom(...registries);
const anyText = fc.oneof(fc.constantFrom("", "skip", "manage", "contoso", "Succeeded"), fc.string({ unit: "binary" }));

/** A record of which each part that may be absent is sometimes absent. */
function some<T>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }, required: (keyof T & string)[]): fc.Arbitrary<T> {
  return fc.record(parts, { requiredKeys: required }) as fc.Arbitrary<T>;
}

export const policies = some<Policy>(
  {
    mode: fc.constantFrom("audit", "enforce"),
    subscriptions: fc.constantFrom([home], [home, second]),
    defaultRegistry: registry,
    rules: fc.array(
      some<Policy["rules"][number]>(
        {
          subscriptionId: fc.constantFrom(home, second),
          resourceGroup: anyText,
          location: anyText,
          registries: fc.array(registry, { maxLength: 3 }),
        },
        ["registries"],
      ),
      { maxLength: 2 },
    ),
    attach: fc.constantFrom("whenMissing", "replace", "never"),
    pullPrincipals: fc.subarray(["workspace", "compute", "endpoint"]),
    allowedIdentityScopes: fc.array(
      some<IdentityScope>({ subscriptionId: fc.constantFrom(home, second), resourceGroup: anyText }, [
        "subscriptionId",
      ]),
      { maxLength: 2 },
    ),
    adminUserRegistries: fc.array(registry, { maxLength: 2 }),
    prune: fc.boolean(),
    firstSight: fc.constantFrom("sync", "adopt"),
    contestRounds: fc.integer({ min: 1, max: 100 }),
    requiredImages: fc.subarray([winarena, base]),
    waits: fc.constant(defaultWaits),
  },
  [
    "mode",
    "subscriptions",
    "rules",
    "attach",
    "pullPrincipals",
    "adminUserRegistries",
    "prune",
    "firstSight",
    "contestRounds",
    "waits",
  ],
);

const identities: fc.Arbitrary<ObservedWorkspace["identity"]> = some<ObservedWorkspace["identity"]>(
  {
    systemAssigned: fc.boolean(),
    systemPrincipalId: fc.constant(principalId(1)),
    userAssigned: fc.constantFrom([], [{ id: userAssignedId("a") }]),
    primary: fc.constantFrom(userAssignedId("a"), userAssignedId("b")),
  },
  ["systemAssigned", "userAssigned"],
);

const workspaces = some<ObservedWorkspace>(
  {
    id: fc.constantFrom(workspaceId(), workspaceId("ws", second)),
    kind: fc.oneof(fc.constantFrom("default", "hub", "project", "featurestore"), anyText),
    location: anyText,
    tags: fc.dictionary(fc.oneof(fc.constantFrom("acr-remediation", "acr-remediation-registry"), anyText), anyText, {
      maxKeys: 2,
    }),
    provisioningState: fc.oneof({ weight: 3, arbitrary: fc.constant("Succeeded") }, anyText),
    identity: identities,
    containerRegistry: registry,
    hubId: fc.constant(workspaceId("hub")),
    storageAccount: fc.constant(storageAccount),
    applicationInsights: anyText,
  },
  ["id", "kind", "location", "tags", "provisioningState", "identity"],
);

const observedRegistries: fc.Arbitrary<ObservedRegistry> = fc.oneof(
  fc.record({ kind: fc.constant("missing"), id: registry }),
  fc.record({
    kind: fc.constant("found"),
    id: registry,
    provisioningState: fc.oneof({ weight: 3, arbitrary: fc.constant("Succeeded") }, anyText),
    mode: fc.constantFrom("LegacyRegistryPermissions", "AbacRepositoryPermissions"),
    adminUserEnabled: fc.boolean(),
  }),
);

const grants: fc.Arbitrary<Grant> = fc.oneof(
  some<Grant & { held: false }>(
    { held: fc.constant(false), note: anyText, because: fc.constantFrom("restricted", "denied") },
    ["held"],
  ),
  fc.record({
    held: fc.constant(true as const),
    assignmentId: anyText,
    role: anyText,
    roleId: anyText,
    scope: anyText,
    through: fc.constantFrom("itself", "a group"),
    since: fc.nat(),
  }),
);

const principals = some<ObservedPrincipal>(
  {
    of: fc.constantFrom("workspace", "compute", "endpoint"),
    label: anyText,
    principalId: fc.nat(3).map(principalId),
    identityId: fc.constantFrom("a", "b").map((name) => formatId(userAssignedId(name))),
    grant: grants,
    builds: fc.boolean(),
  },
  ["of", "label"],
);

const images: fc.Arbitrary<ObservedImage> = fc.record({
  image: fc.constantFrom(winarena, base, { ...base, reference: "2.0" }),
  presence: fc.oneof(
    fc.record({ kind: fc.constantFrom("present", "missing") }),
    fc.record({ kind: fc.constant("unknown"), why: anyText, isPassing: fc.boolean() }),
  ),
});

export const observations: fc.Arbitrary<Observation> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("gone"), id: fc.constant(workspaceId()), at: fc.nat() }) },
  {
    weight: 20,
    arbitrary: some<Observation & { kind: "found" }>(
      {
        kind: fc.constant("found"),
        workspace: workspaces,
        hub: workspaces,
        registry: observedRegistries,
        principals: fc.array(principals, { maxLength: 3 }),
        storageKeyTimes: anyText,
        assignments: fc.nat(5_000),
        images: fc.array(images, { maxLength: 3 }),
        at: fc.nat(),
      },
      ["kind", "workspace", "principals", "at"],
    ),
  },
);

export const memories = some<Memory>(
  {
    workspaceId: anyText,
    conditions: fc.constant([]),
    synced: fc.record({ fingerprint: anyText, how: fc.constantFrom("synced", "adopted"), at: fc.nat() }),
    syncOwed: fc.boolean(),
    refused: fc.record({
      registryId: registry.map(formatId),
      reason: fc.constantFrom("MissingPermission", "RequestRefused"),
      at: fc.nat(),
    }),
    adminUser: fc.record({ registryId: registry.map(formatId), at: fc.nat() }),
    grants: fc.array(
      some<NonNullable<Memory["grants"]>[number]>(
        {
          of: fc.constantFrom("workspace", "compute", "endpoint"),
          registryId: registry.map(formatId),
          roleId: anyText,
          principalId: fc.nat(3).map(principalId),
          label: anyText,
          missingSince: fc.nat(),
        },
        ["of", "registryId", "roleId", "principalId", "label"],
      ),
      { maxLength: 2 },
    ),
    operation: fc.constant({ kind: "SyncKeys", description: "sync keys", state: "", since: 0, pollAt: 0 }),
    waits: fc.constant([{ reason: "Transient", attempt: 1, since: 0, missed: 0 }]),
    startedAt: fc.nat(),
    nextLookAt: fc.nat(),
  },
  ["workspaceId", "conditions", "syncOwed"],
);
