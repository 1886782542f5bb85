import { describe, expect, it } from "vitest";
import type { Assignment, ListedAssignment } from "../../src/core/grants.ts";
import type { ObservedPrincipal } from "../../src/core/observation.ts";
import type { AzureReads } from "../../src/core/ports.ts";
import { withRights } from "../../src/core/rights.ts";
import { actions, roles } from "./roles.ts";
import { principalId } from "./ids.ts";
import { contoso, registryOf } from "./samples.ts";

const permissions = { ...roles, Contributor: actions("Microsoft.ContainerRegistry/*") };
type Role = keyof typeof permissions;
const team = principalId(90);

/** What is assigned at the registry or above it: to whom, and whether that is a group of which the second one is a member. */
function readsOf(assigned: readonly { to: string; role: Role }[]): { reads: AzureReads; asked: string[] } {
  const asked: string[] = [];
  const listed = assigned.map(({ to, role }, index): ListedAssignment => ({
    id: `/a/${index}`,
    principalId: to,
    isOfGroup: to === team,
    scope: "/subscriptions/s",
    roleDefinitionId: role,
  }));
  const withRoles = (some: readonly ListedAssignment[]): readonly Assignment[] =>
    some.map((one) => ({ ...one, role: one.roleDefinitionId, permissions: permissions[one.roleDefinitionId as Role] }));
  const reads = {
    assignmentsAt: () => Promise.resolve(listed),
    withRoles: (some: readonly ListedAssignment[]) => Promise.resolve(withRoles(some)),
    assignments: (id: string) => {
      asked.push(id);
      const reached = listed.filter((one) => one.principalId === id || (one.isOfGroup && id === principalId(2)));
      return Promise.resolve(withRoles(reached));
    },
    denials: () => Promise.resolve([]),
  } as unknown as AzureReads;
  return { reads, asked };
}

const builder = { of: "workspace", label: "u", identityId: "/…/u", principalId: principalId(2) } as const;
const compute = { of: "compute", label: "c", principalId: principalId(3) } as const;

async function look(reads: AzureReads): Promise<readonly ObservedPrincipal[]> {
  const { signal } = new AbortController();
  const members = { isReached: () => false };
  const at = { registry: contoso, reads, freshAfter: 0, now: 0, signal, granted: new Map(), members };
  return withRights([builder, compute], at, Promise.resolve(registryOf()));
}

describe("the rights of several identities", () => {
  it("are settled by one list where each holds them itself and none needs more", async () => {
    const { reads, asked } = readsOf([
      { to: builder.principalId, role: "Contributor" },
      { to: compute.principalId, role: "AcrPull" },
    ]);
    const seen = await look(reads);
    expect(seen).toMatchObject([{ grant: { held: true, through: "itself" }, builds: true }, { grant: { held: true } }]);
    expect(asked).toEqual([]);
  });

  it("are not asked about where no group could lend them", async () => {
    const { reads, asked } = readsOf([{ to: team, role: "AcrImageSigner" }]);
    expect(await look(reads)).toMatchObject([{ grant: { held: false } }, { grant: { held: false } }]);
    expect(asked).toEqual([]);
  });

  it("include what a group lends for building, to one that may pull by itself", async () => {
    const { reads, asked } = readsOf([
      { to: builder.principalId, role: "AcrPull" },
      { to: compute.principalId, role: "AcrPull" },
      { to: team, role: "Contributor" },
    ]);
    expect((await look(reads))[0]).toMatchObject({ grant: { held: true }, builds: true });
    expect(asked).toEqual([builder.principalId]);
  });

  it("leave out what a group has that one is no member of", async () => {
    const { reads, asked } = readsOf([{ to: team, role: "AcrPull" }]);
    expect(await look(reads)).toMatchObject([
      { grant: { held: true, through: "a group" }, builds: false },
      { grant: { held: false } },
    ]);
    expect(asked.toSorted()).toEqual([builder.principalId, compute.principalId]);
  });
});
