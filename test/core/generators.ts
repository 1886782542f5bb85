import fc from "fast-check";
import type { Failure } from "../../src/core/failure.ts";
import { roles, type RoleName } from "./roles.ts";
import * as scenario from "./scenario.ts";
import type { Fault } from "./simulated-azure.ts";
import type { Course } from "./simulated-writes.ts";

const [minute, hour] = [60_000, 3_600_000];
const roleNames = Object.keys(roles) as RoleName[];
const waitReasons = [
  "IdentityNotReady",
  "PermissionsYoung",
  "Transient",
  "HubNotReady",
  "OperationInProgress",
  "FirstSyncPaced",
] as const;

/** Mostly the first, which is how things usually are. */
function usually<T>(first: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(first) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
}

const registryName = fc.constantFrom(...scenario.registryNames);
const group = fc.constantFrom("ml", "ml-team");
const location = fc.constantFrom("westeurope", "West Europe", "eastus");

const rule: fc.Arbitrary<scenario.RuleSpec> = fc.record({
  subscription: fc.option(fc.constantFrom("home", "second"), { nil: undefined }),
  group: fc.option(group, { nil: undefined }),
  location: fc.option(location, { nil: undefined }),
  registries: fc.oneof(
    { weight: 9, arbitrary: fc.uniqueArray(registryName, { minLength: 2, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant([]) },
  ),
});

const registry: fc.Arbitrary<scenario.RegistrySpec> = fc.record({
  state: fc.oneof(
    { weight: 12, arbitrary: fc.constant("Succeeded") },
    fc.constantFrom("Failed", "Creating", "missing"),
  ),
  mode: usually("LegacyRegistryPermissions", "AbacRepositoryPermissions"),
  adminUserEnabled: fc.boolean(),
});

/** When something happens that may already be so, come soon, late, or never. */
const sometime = usually(0, 20_000, 10 * minute, 2 * hour, 30 * hour, Infinity);

/** What an operator never meant to be a tag's value. */
const hostile = fc.oneof(
  fc.constantFrom("skip", "SKIP ", "manage", "", "true", "*", "../..", "__proto__", "[object Object]"),
  fc.string({ unit: "binary", maxLength: 12 }),
);

const grant: fc.Arbitrary<scenario.GrantSpec> = fc.record({
  registry: registryName,
  role: fc.constantFrom(...roleNames),
  through: fc.constantFrom("itself", "a group"),
  conditional: fc.boolean(),
});

const memory: fc.Arbitrary<scenario.MemorySpec> = fc.record({
  syncOwed: fc.boolean(),
  synced: fc.constantFrom("synced", "adopted", undefined),
  operation: usually<scenario.MemorySpec["operation"]>(undefined, "AttachRegistry", "SyncKeys"),
  wait: fc.option(
    fc.record({
      reason: fc.constantFrom(...waitReasons),
      attempt: fc.nat(500),
      agoMs: fc.constantFrom(0, minute, 23 * hour, 25 * hour),
    }),
    { nil: undefined },
  ),
  startedAgoMs: fc.constantFrom(0, 5_000, hour),
  blocked: fc.boolean(),
});

function workspace(subscriptions: readonly scenario.SubscriptionName[]): fc.Arbitrary<scenario.WorkspaceSpec> {
  return fc.record({
    subscription: fc.constantFrom(...subscriptions),
    group,
    location,
    kind: fc.constantFrom("default", "hub", "project", "featurestore"),
    hubIsMissing: usually(false, true),
    optOut: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, hostile),
    registryTag: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, registryName, hostile),
    otherTags: fc.dictionary(fc.constantFrom("cost", "acr-remediation-x", "constructor"), hostile, { maxKeys: 2 }),
    state: fc.oneof({ weight: 12, arbitrary: fc.constant("Succeeded") }, fc.constantFrom("Failed", "succeeded", "Odd")),
    provisionedIn: sometime,
    system: fc.option(fc.record({ appearsIn: sometime, knownIn: sometime }), { nil: undefined, freq: 8 }),
    userAssigned: fc.array(fc.record({ known: usually(true, false) }), { maxLength: 2 }),
    primary: fc.constantFrom(undefined, 0, 1),
    attached: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, registryName),
    platformAttachesIn: fc.oneof({ weight: 5, arbitrary: fc.constant(Infinity) }, fc.constantFrom(500, 30_000, hour)),
    deletedIn: fc.oneof({ weight: 8, arbitrary: fc.constant(Infinity) }, fc.constantFrom(0, 1_500, minute)),
    hasStorage: fc.boolean(),
    grants: fc.array(grant, { maxLength: 3 }),
    memory: fc.option(memory, { nil: undefined, freq: 2 }),
  });
}

const kinds = ["transient", "throttled", "busy", "principalUnknown", "missingPermission", "notFound", "bug"] as const;

const failure: fc.Arbitrary<Failure> = fc.oneof(
  fc.record({ kind: fc.constantFrom(...kinds), message: fc.constant("no") }),
  fc.record({
    kind: fc.constantFrom("throttled", "transient"),
    message: fc.constant("later"),
    retryAfterMs: fc.constantFrom(0, 7_000, hour),
  }),
  fc.record({
    kind: fc.constant("operatorMustAct"),
    message: fc.constant("never"),
    blockedReason: fc.constantFrom("ScopeLocked", "DenyAssignment"),
  }),
);

const fault: fc.Arbitrary<Fault | undefined> = fc.option(
  fc.record({ failure, when: fc.constantFrom("before", "after") }),
  { nil: undefined, freq: 1 },
);

const course: fc.Arbitrary<Course> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ ms: fc.constantFrom(0, 3_000, 19_000, 90_000, hour) }) },
  fc.record({ ms: fc.constantFrom(0, 30_000), fails: failure }),
);

/** Worlds of workspaces in these subscriptions, with trouble that ends. */
export function scenarios(subscriptions = scenario.ours): fc.Arbitrary<scenario.Scenario> {
  return fc.record({
    mode: usually("enforce", "audit"),
    firstSight: fc.constantFrom("sync", "adopt"),
    requiresImage: usually(false, true),
    defaultRegistry: usually<scenario.RegistryName | undefined>("contoso", "other", undefined),
    rules: fc.array(rule, { maxLength: 2 }),
    registries: fc.record({ contoso: registry, other: registry, platform: registry }),
    workspaces: fc.array(workspace(subscriptions), { minLength: 1, maxLength: 3 }),
    faults: fc.array(fault, { maxLength: 10 }),
    courses: fc.array(course, { maxLength: 6 }),
    staleMs: fc.constantFrom(0, 0, 3_000, 90_000),
    denied: usually<readonly ("attach" | "grant" | "sync")[]>([], ["attach"], ["grant"], ["sync"]),
    deaths: fc.array(fc.record({ at: fc.nat(25), when: fc.constantFrom("before", "after") }), { maxLength: 3 }),
  });
}
