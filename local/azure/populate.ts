import type { Caller } from "./arm-error.ts";
import type { CompleteFixture } from "./fixture.ts";
import { requireEvaluable } from "./rbac.ts";
import type { World } from "./world.ts";

/** Puts everything of a fixture into the world, as if it had always been there. */
export function populate(world: World, fixture: CompleteFixture, operator: Caller): void {
  const { directory, roles } = world;
  fixture.subscriptions.forEach(({ subscriptionId, displayName, state }) => {
    world.containers.addSubscription(subscriptionId, displayName, state);
  });
  fixture.resourceGroups.forEach(({ id, location, tags }) => world.containers.putGroup(id, location, tags));
  fixture.resources.forEach((resource) => world.store(resource, -Infinity));
  [fixture.self.principalId, operator.principalId].forEach((id) => {
    directory.mention(id);
  });
  fixture.users.forEach((id) => {
    directory.mention(id, "User");
  });
  fixture.groups.forEach(({ id, members }) => {
    directory.addGroup(id, members);
  });
  fixture.unknownPrincipals.forEach((id) => {
    directory.deny(id);
  });
  fixture.roleDefinitions.forEach((definition) => {
    roles.define(definition);
  });
  for (const input of fixture.roleAssignments) {
    directory.mention(input.principalId);
    const assignment = roles.fromInput(input, operator.principalId, world.now());
    requireEvaluable(world, assignment);
    roles.put(assignment, -Infinity);
  }
  for (const input of fixture.denyAssignments) {
    world.denyAssignments.put(input, operator.principalId, -Infinity, world.now());
  }
  for (const [host, repositories] of Object.entries(fixture.publicRegistries)) {
    world.images.replace(host, repositories, world.now());
  }
}
