import fc from "fast-check";
import { expect, test } from "vitest";

import { objection, untruth } from "./pull-judge.ts";
import { govern } from "./pull-rights.ts";
import {
  childInput,
  fixtureOf,
  policyParts,
  type PullMember,
  pullMembers,
  pullWorld,
  type PullWorld,
  registries,
  registryOfGroup,
  scopesOf,
} from "./pull-world.ts";
import { countOf, policyOf, Remediator } from "./remediator.ts";

test("whoever pulls is granted, or named with the reason why not; nobody is granted whom the policy leaves out; a second pass writes nothing", async () => {
  await fc.assert(fc.asyncProperty(pullWorld, tellsTheTruth), { seed: 20261124, numRuns: 15 });
}, 120_000);

async function tellsTheTruth(spec: PullWorld): Promise<void> {
  const members = pullMembers(spec);
  const { covers: pullPrincipals, attach } = spec;
  const allowedIdentityScopes = scopesOf(spec);
  const scopes = allowedIdentityScopes === undefined ? {} : { allowedIdentityScopes };
  const policy = policyOf({ ...policyParts, pullPrincipals, attach, ...scopes });
  const remediator = await Remediator.start(policy, fixtureOf(members), spec.settings);
  const { azure, clock } = remediator;
  remediator.lookTakesMs = 1;
  const ids = members.map(({ id }) => id);
  const judge = (when: string): void => {
    for (const member of members)
      expect(
        untruth(azure, spec, member, remediator.memoryOf(member.id)),
        `${when}, of ${member.name}`,
      ).toBeUndefined();
  };
  const sweep = async (): Promise<readonly string[]> => {
    clock.advance(301_000);
    return countOf(await remediator.settle(ids, "sweep")).writes;
  };
  remediator.onWorked = ({ name }, sent) => {
    const member = members.find((one) => one.name === name);
    for (const write of sent.filter(({ isWrite }) => isWrite))
      if (member !== undefined)
        expect(objection(azure, spec, member, write), `${write.method} ${write.path}`).toBeUndefined();
  };
  try {
    govern(azure, spec, members, false);
    await sweep();
    // A project may have been looked at before its hub had a registry.
    await sweep();
    judge("at first");

    clock.advance(1_000);
    remediator.hearEvents();
    happen(remediator, spec, members);
    await remediator.deliver();
    await remediator.work(ids);
    judge("after events");

    bear(remediator, spec, members, true);
    govern(azure, spec, members, true);
    await sweep();
    judge("after what no event tells of");
    expect(await sweep(), "writes of another pass").toEqual([]);
    judge("in the end");
  } finally {
    await azure.close();
  }
}

/** What events tell of: computes and endpoints come and go, a registry's mode changes, a grant is taken away. */
function happen(remediator: Remediator, spec: PullWorld, members: readonly PullMember[]): void {
  const { world } = remediator.azure;
  bear(remediator, spec, members, false);
  for (const { children } of members)
    for (const { id } of children.filter((child) => child.spec.isDeleted)) world.delete(id);
  const modeOf = { legacy: "AbacRepositoryPermissions", abac: "LegacyRegistryPermissions" };
  if (spec.switched !== undefined)
    world.patch(registries[spec.switched], { properties: { roleAssignmentMode: modeOf[spec.switched] } });
  const [first] = members;
  const scope = registryOfGroup[first?.group ?? ""] ?? "";
  const principalId = world.get(first?.id ?? "")?.identity?.principalId;
  if (spec.revokes && principalId !== undefined) world.revoke({ scope, principalId });
}

/**
 * Computes and endpoints come. What failed and has an identity all the same, but a late one, pulls nothing when its event comes,
 * and nothing tells when it does: only sweeps find it.
 */
function bear({ azure }: Remediator, spec: PullWorld, members: readonly PullMember[], unheard: boolean): void {
  const isLate = ({ state = "" }: PullMember["children"][number]["spec"]): boolean =>
    spec.settings.identityDelaySeconds > 0 && ["Failed", "Canceled"].includes(state);
  for (const member of members)
    for (const child of member.children)
      if (child.spec.comesLater && isLate(child.spec) === unheard)
        azure.world.put(childInput(member)(child), { event: !unheard });
}
