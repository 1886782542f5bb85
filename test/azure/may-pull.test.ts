import fc from "fast-check";
import { expect, test } from "vitest";

import { canPrincipalPull } from "../../local/azure/can-pull.ts";
import type { Fixture } from "../../local/azure/index.ts";
import { azureReads } from "../../src/azure/azure.ts";
import { grantAmong } from "../../src/core/grants.ts";
import { adapters, group, registry, registryId, subscriptionId, unaborted, workspaceId, imagesOf } from "./setting.ts";

type Denial = NonNullable<Fixture["denyAssignments"]>[number];

const me = "0a000000-0000-4000-8000-00000000000a";
const other = "0a000000-0000-4000-8000-00000000000b";
const team = "0a000000-0000-4000-8000-00000000000c";
const everybody = "0a000000-0000-4000-8000-00000000000d";
const everyone = { id: "00000000-0000-0000-0000-000000000000", type: "SystemDefined" };
const crippled = "c0570000-0000-4000-8000-000000000002";
const registryAction = "Microsoft.ContainerRegistry/registries";

const holder = fc.constantFrom(me, me.toUpperCase(), other, team, everybody);
const scope = fc.constantFrom(
  registryId,
  registryId.toUpperCase(),
  `${registryId}2`,
  group,
  `/subscriptions/${subscriptionId}`,
  "/providers/Microsoft.Management/managementGroups/root",
);
const patterns = (...choices: string[][]) => fc.constantFrom(...choices);
const permission = fc.record({
  actions: patterns([], ["*"], [`${registryAction}/PULL/read`], ["*/read"], ["*/write"]),
  notActions: patterns([], [], ["*/pull/*"], ["*/write"]),
  dataActions: patterns([], ["*"], [`${registryAction}/repositories/content/read`], ["*/metadata/*"], ["*/write"]),
  notDataActions: patterns([], [], ["*/content/*"], [`${registryAction}/repositories/metadata/read`], ["*/write"]),
});

const given = fc.record({
  mode: fc.constantFrom("LegacyRegistryPermissions", "AbacRepositoryPermissions"),
  grants: fc.array(
    fc.record({
      principalId: holder,
      scope,
      role: fc.constantFrom(
        "AcrPull",
        "Reader",
        "Owner",
        "Container Registry Repository Reader",
        "AcrDelete",
        crippled,
      ),
      isConditional: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  denials: fc.array(
    fc.record({
      scope,
      principals: fc.array(fc.oneof(holder, fc.constant(everyone.id)), { minLength: 1, maxLength: 2 }),
      excludePrincipals: fc.array(holder, { maxLength: 1 }),
      doNotApplyToChildScopes: fc.boolean(),
      permissions: fc.array(permission, { minLength: 1, maxLength: 2 }),
    }),
    { maxLength: 2 },
  ),
});

/** As a deny assignment names somebody. */
function named(id: string): Denial["principals"][number] {
  if (id === everyone.id) return everyone;
  return { id, type: [team, everybody].includes(id) ? "Group" : "ServicePrincipal" };
}

test("an identity holds the right for the app exactly where it does for the stand-in's own oracle", async () => {
  const { azure, arm, clock } = await adapters({
    resources: [{ id: registryId }, { id: workspaceId, properties: { containerRegistry: registryId } }],
    users: [me, other],
    groups: [
      { id: team, members: [me] },
      { id: everybody, members: [team] },
    ],
    roleDefinitions: [
      {
        id: crippled,
        roleName: "Everything else",
        permissions: [
          { actions: ["*"], notActions: ["*/pull/read"], dataActions: ["*"], notDataActions: ["*/content/*"] },
        ],
        assignableScopes: ["/"],
      },
    ],
  });
  const { world } = azure;
  // Whoever denies everybody leaves out those who look after it, the app among them.
  const self = named(world.self.principalId);
  const answers = new Set<boolean>();
  const agrees = async ({ mode, grants, denials }: typeof given extends fc.Arbitrary<infer One> ? One : never) => {
    // By now ARM lets the next ones be sent.
    clock.pass(2);
    world.patch(registryId, { properties: { roleAssignmentMode: mode } });
    for (const { isConditional, ...grant } of grants)
      world.grant({ ...grant, ...(isConditional && { condition: "x" }) });
    for (const { principals, excludePrincipals, ...denial } of denials)
      world.deny({
        ...denial,
        denyAssignmentName: "locked",
        principals: principals.map(named),
        excludePrincipals: [...excludePrincipals.map(named), self],
      });
    const reads = azureReads(arm, clock, imagesOf(azure, clock));
    const found = await Promise.all([
      reads.registry(registry, 0, unaborted),
      reads.assignments(me, registry, 0, unaborted),
      reads.denials(me, registry, 0, unaborted),
    ]);
    const verdict = canPrincipalPull(world, workspaceId, me);
    for (const { name } of world.roles.assignments()) world.roles.remove(name, clock.now());
    for (const { name } of world.denyAssignments.list()) world.denyAssignments.remove(name, clock.now());

    const [known, assignments, denying] = found;
    const grant = known.kind === "found" ? grantAmong(assignments, denying, me, known) : undefined;
    expect(grant?.held, verdict?.reasons.join("; ")).toBe(verdict?.right);
    const isDenied = verdict?.reasons.some((reason) => reason.startsWith("the deny assignment"));
    expect(grant !== undefined && "because" in grant && grant.because === "denied").toBe(isDenied);
    answers.add(grant?.held === true);
  };
  await fc.assert(fc.asyncProperty(given, agrees), { seed: 20261124, numRuns: 150 });
  expect([...answers].toSorted(), "both answers were given").toEqual([false, true]);
}, 60_000);
