/** Does to the world what the script says, as somebody else would: with events, and only where Azure would let it be done. */
import type { Fixture, World } from "../azure/index.ts";
import type { ResourceInput } from "../azure/fixture.ts";
import { allowedIn, identityId, registriesOf, stageOf, storageId } from "./cast.ts";
import { type Disturbance, type Member, type Script, secondOf } from "./script.ts";
import { idOf } from "./truth.ts";

/** The world as the script begins: what has always been there. */
export function fixtureOf({ members }: Script): Fixture {
  const { subscriptions, resources } = stageOf();
  const accounts = new Set(members.map(({ subscription, storage }) => storageId(subscription, storage)));
  const present = members.filter(({ createdAt }) => createdAt === undefined);
  return {
    ...(subscriptions === undefined ? {} : { subscriptions }),
    resources: [
      ...resources,
      ...[...accounts].map((id) => ({ id })),
      ...[...new Set(present.flatMap(identitiesOf))].map((id) => ({ id })),
      ...present.map(inputOf),
    ],
  };
}

/** Makes a workspace, and lets Azure take its time with it. */
export function create(world: World, member: Member): void {
  const { settings } = world;
  const { identityDelaySeconds, directoryDelaySeconds, provisioningSeconds } = settings;
  Object.assign(settings, member.late);
  for (const id of identitiesOf(member)) if (world.get(id) === undefined) world.put({ id });
  world.put(inputOf(member));
  Object.assign(settings, { identityDelaySeconds, directoryDelaySeconds, provisioningSeconds });
  grantAtFirst(world, member);
}

/** Some workspaces have the right to pull from the beginning. */
export function grantAtFirst(world: World, member: Member): void {
  const [preferred] = allowedIn(member.subscription, member.group);
  const principalId = world.get(idOf(member))?.identity?.principalId;
  if (!member.granted || preferred === undefined || principalId === undefined) return;
  const role = member.group === "modern" ? "Container Registry Repository Reader" : "AcrPull";
  world.grant({ scope: preferred, role, principalId });
}

type InWorld = Exclude<Disturbance, "ask">;

/** How long somebody else's operation keeps a workspace busy. */
const occupiedMs = 4_000;

/** @returns false when Azure would not let it be done now, because somebody's operation runs on the workspace */
export function disturb(world: World, member: Member, how: InWorld): boolean {
  const id = idOf(member);
  if (world.get(id) === undefined) return true;
  if (how !== "revoke" && how !== "rotateKey" && world.operations.running(id, world.now()) !== undefined) return false;
  deeds[how](world, member, id);
  return true;
}

const deeds: Readonly<Record<InWorld, (world: World, member: Member, id: string) => void>> = {
  revoke(world, member, id) {
    const { identity } = world.get(id) ?? {};
    const assigned = Object.keys(identity?.userAssignedIdentities ?? {}).map((one) => world.get(one)?.properties);
    const principals = [identity?.principalId, ...assigned.map((properties) => properties?.principalId)];
    for (const scope of Object.values(registriesOf(member.subscription)))
      for (const principalId of principals) if (typeof principalId === "string") world.revoke({ scope, principalId });
  },
  detach: (world, member, id) => {
    attach(world, member, id, null);
  },
  attachSecond: (world, member, id) => {
    attach(world, member, id, secondOf(member));
  },
  attachForbidden: (world, member, id) => {
    attach(world, member, id, registriesOf(member.subscription).forbidden);
  },
  rotateKey: (world, { subscription, storage }) => {
    world.rotateStorageKey(storageId(subscription, storage));
  },
  optOut: (world, _member, id) => {
    world.patch(id, { tags: { "acr-remediation": "skip" } });
  },
  optIn: (world, _member, id) => {
    world.patch(id, { tags: {} });
  },
  // Somebody takes rights away, changes something, and changes more: looks come while there is something to do.
  occupy: (world, member, id) => {
    deeds.revoke(world, member, id);
    world.patch(id, {});
    const startedAt = world.now();
    const settle = (): void => {
      if (world.get(id) !== undefined) world.patch(id, {});
    };
    const endsAt = startedAt + occupiedMs;
    const failure = undefined;
    world.operations.start({
      resourceId: id,
      state: "Updating",
      startedAt,
      endsAt,
      failure,
      settle,
      answersResource: true,
    });
  },
  delete: (world, _member, id) => {
    world.delete(id);
  },
};

/** To a project nobody attaches anything: it has its hub's. */
function attach(world: World, { kind }: Member, id: string, containerRegistry: string | null): void {
  if (kind !== "Project") world.patch(id, { properties: { containerRegistry } });
}

function identitiesOf({ subscription, identity, name }: Member): readonly string[] {
  if (identity === "shared") return [identityId(subscription, "shared")];
  return identity === "user" || identity === "both" ? [identityId(subscription, `id-${name}`)] : [];
}

const identityTypes = {
  system: "SystemAssigned",
  user: "UserAssigned",
  shared: "UserAssigned",
  both: "SystemAssigned,UserAssigned",
  none: "None",
};

function inputOf(member: Member): ResourceInput {
  const { kind, tag, identity, attached, subscription, storage, keysInSync } = member;
  const { forbidden, images, abac } = registriesOf(subscription);
  const preferred = member.group === "modern" ? abac : images;
  const containerRegistry = { none: undefined, preferred, forbidden }[attached];
  const assigned = identitiesOf(member);
  return {
    id: idOf(member),
    kind,
    keysInSync,
    ...(tag === undefined ? {} : { tags: { "acr-remediation": tag } }),
    identity: {
      type: identityTypes[identity],
      ...(assigned.length === 0 ? {} : { userAssignedIdentities: Object.fromEntries(assigned.map((id) => [id, {}])) }),
    },
    properties: {
      storageAccount: storageId(subscription, storage),
      ...(containerRegistry === undefined ? {} : { containerRegistry }),
      ...(member.hub === undefined ? {} : { hubResourceId: idOf({ ...member, name: member.hub }) }),
    },
  };
}
