/** Who is given which rights in a world of `pull-world.ts`, and who is denied them. */
import type { Azure } from "../../local/azure/index.ts";
import { groupOf, identityIn, type PullMember, type PullWorld, registries } from "./pull-world.ts";
import { subscriptionId } from "./setting.ts";

const subscription = `/subscriptions/${subscriptionId}`;
const condition = "@Resource[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'one'";

/** The rights that are given and taken at the beginning, or later. */
export function govern({ world }: Azure, spec: PullWorld, members: readonly PullMember[], later: boolean): void {
  const memberAt = (index: number): PullMember | undefined => members[index % members.length];
  if (!later)
    members.forEach((member, index) => {
      const inside = [principal(world, member, "workspace"), principal(world, member, "near")];
      world.directory.addGroup(
        groupId(index),
        inside.filter((id) => id !== undefined),
      );
      world.directory.addGroup(groupId(index, "b"), [groupId(index)]);
    });
  for (const { index, whose: who, through, role, at, conditional } of spec.grants.filter(
    ({ comesLater }) => comesLater === later,
  )) {
    const member = memberAt(index);
    const itself = member && principal(world, member, who);
    const group = groupId(index % members.length, through === "groupInGroup" ? "b" : "a");
    if (itself === undefined) continue;
    world.grant(
      {
        scope: scopeOf(at),
        role,
        ...(through === "itself" ? { principalId: itself } : { principalId: group, principalType: "Group" }),
        ...(conditional ? { condition } : {}),
      },
      { event: false },
    );
  }
  for (const { index, meant, except, at, keepsToItself, takes } of spec.denials.filter(
    ({ comesLater }) => comesLater === later,
  )) {
    const named = (who: string): { id: string; type: string }[] => {
      if (who === "everyone") return [{ id: "00000000-0000-0000-0000-000000000000", type: "SystemDefined" }];
      if (who === "group") return [{ id: groupId(index % members.length, "b"), type: "Group" }];
      const member = memberAt(index);
      const id = member && principal(world, member, who);
      return id === undefined ? [] : [{ id, type: "ServicePrincipal" }];
    };
    const principals = named(meant);
    if (principals.length === 0) continue;
    // Whoever denies everybody leaves out those who look after it, the app among them.
    const self = { id: world.self.principalId, type: "ServicePrincipal" };
    const denied = { denyAssignmentName: `no ${takes}`, scope: scopeOf(at), permissions: [takenBy[takes]], principals };
    world.deny(
      { ...denied, excludePrincipals: [...named(except), self], doNotApplyToChildScopes: keepsToItself },
      { event: false },
    );
  }
}

const repositories = "Microsoft.ContainerRegistry/registries/repositories";
const takenBy: Readonly<Record<PullWorld["denials"][number]["takes"], object>> = {
  everything: { actions: ["*"], dataActions: ["*"] },
  pulling: { actions: ["Microsoft.ContainerRegistry/registries/PULL/*"] },
  content: { dataActions: [`${repositories}/content/*`] },
  writing: { actions: ["*/write"], dataActions: ["*/write"] },
  allButPulling: { actions: ["*"], notActions: ["*/read"], dataActions: ["*"], notDataActions: ["*/read"] },
};

/** The object id that a grant or a denial is about. */
function principal(world: Azure["world"], member: PullMember, who: string): string | undefined {
  if (who === "workspace") return world.get(member.id)?.identity?.principalId;
  if (who === "child") return member.children.map(({ id }) => world.get(id)?.identity?.principalId).find(Boolean);
  const found = world.get(identityIn(who === "near" ? member.group : who))?.properties["principalId"];
  return typeof found === "string" ? found : undefined;
}

function groupId(index: number, which = "a"): string {
  return `9${which}000000-0000-4000-8000-00000000000${index}`;
}

function scopeOf(at: "legacy" | "abac" | "shared" | "subscription" | "everything"): string {
  if (at === "everything") return "/";
  return { legacy: registries.legacy, abac: registries.abac, shared: groupOf("shared"), subscription }[at];
}
