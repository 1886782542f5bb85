/** What a seed stands for: which workspaces there are, what happens to them, and when hosts are killed. */
import { foreignSubscription, type Group, registriesOf, subscriptions } from "./cast.ts";
import { type Dice, diceFor } from "./dice.ts";

export interface Member {
  readonly name: string;
  readonly subscription: string;
  readonly group: Group;
  readonly kind: "Default" | "Hub" | "Project";
  /** Of a project: the name of its hub, a member of the same subscription and group. */
  readonly hub?: string;
  /** `user` has an identity of its own, `shared` the one that all such workspaces of a subscription have. */
  readonly identity: "system" | "user" | "both" | "shared" | "none";
  readonly attached: "none" | "preferred" | "forbidden";
  readonly tag?: "skip" | "manage" | "no";
  readonly storage: number;
  readonly keysInSync: boolean;
  readonly granted: boolean;
  /** Milliseconds after the beginning; absent: it has always been there. */
  readonly createdAt?: number;
  /** How long after its creation Azure is not done with it. */
  readonly late: {
    readonly identityDelaySeconds: number;
    readonly directoryDelaySeconds: number;
    readonly provisioningSeconds: number;
  };
}

/** What somebody else does to a workspace. */
export type Disturbance =
  | "revoke"
  | "detach"
  | "attachSecond"
  | "attachForbidden"
  | "rotateKey"
  | "optOut"
  | "optIn"
  | "occupy"
  | "delete"
  | "ask";

/** When a host is killed: at once, or a little after the n-th of something it does from then on. */
export interface KillTrigger {
  readonly on: "attach" | "grant" | "sync" | "read" | "state" | "history" | "inbox" | "message";
  readonly moment: "received" | "answered";
  readonly nth: number;
  readonly afterMs: number;
}

/** How Azure is for a while. */
export interface Weather {
  readonly staleReadSeconds: number;
  readonly graphLagSeconds: number;
  readonly attachSeconds: number;
  readonly syncSeconds: number;
  readonly deliveryFaults: { readonly reorder: boolean };
}

/** Nothing is late, and nothing overtakes another. */
export const fair: Weather = {
  staleReadSeconds: 0,
  graphLagSeconds: 0,
  attachSeconds: 0,
  syncSeconds: 0,
  deliveryFaults: { reorder: false },
};

export type Step = { readonly at: number } & (
  | { readonly what: "create"; readonly member: Member }
  | { readonly what: "disturb"; readonly member: Member; readonly how: Disturbance }
  | { readonly what: "weather"; readonly weather: Weather }
  | { readonly what: "sweep" }
  | { readonly what: "kill"; readonly host: number; readonly trigger?: KillTrigger }
);

export interface Script {
  readonly seed: number;
  readonly durationMs: number;
  readonly members: readonly Member[];
  /** In the order of time. */
  readonly steps: readonly Step[];
}

/** @param hosts how many there are to be killed */
export function scriptOf(seed: number, workspaces: number, minutes: number, hosts = 2): Script {
  const durationMs = Math.round(minutes * 60_000);
  const members = membersOf(seed, workspaces, durationMs);
  const creations = members.flatMap((member): Step[] =>
    member.createdAt === undefined ? [] : [{ at: member.createdAt, what: "create", member }],
  );
  const steps = [
    ...creations,
    ...disturbances(seed, members, durationMs),
    ...weathers(seed, durationMs),
    ...sweeps(durationMs),
    ...kills(seed, durationMs, hosts),
  ];
  return { seed, durationMs, members, steps: steps.sort((a, b) => a.at - b.at) };
}

function membersOf(seed: number, workspaces: number, durationMs: number): readonly Member[] {
  const members: Member[] = [];
  for (let index = 0; index < workspaces; index += 1) members.push(memberOf(seed, index, durationMs, members));
  return members;
}

function memberOf(seed: number, index: number, durationMs: number, earlier: readonly Member[]): Member {
  const dice = diceFor(seed, "member", index);
  const subscription = dice.chance(0.03)
    ? foreignSubscription
    : (subscriptions[index % subscriptions.length] ?? foreignSubscription);
  const group = dice.chance(0.3) ? "modern" : "plain";
  const hubs = earlier.filter((one) => one.kind === "Hub" && one.subscription === subscription && one.group === group);
  const hub = dice.chance(0.4) ? hubs.at(-1) : undefined;
  const isNew = dice.chance(0.6);
  const createdAt = dice.whole(0, Math.round(durationMs * 0.6));
  const isLate = isNew && dice.chance(0.4);
  const tag = dice.weighted<Member["tag"]>([
    [90, undefined],
    [4, "skip"],
    [3, "manage"],
    [3, "no"],
  ]);
  return {
    name: `ws-${index}`,
    subscription,
    group,
    ...(hub === undefined ? {} : { hub: hub.name }),
    kind:
      hub === undefined
        ? dice.weighted([
            [4, "Default" as const],
            [1, "Hub" as const],
          ])
        : "Project",
    identity: dice.weighted([
      [60, "system" as const],
      [14, "user" as const],
      [12, "both" as const],
      [10, "shared" as const],
      [4, "none" as const],
    ]),
    attached:
      hub === undefined
        ? dice.weighted([
            [60, "none" as const],
            [35, "preferred" as const],
            [5, "forbidden" as const],
          ])
        : "none",
    ...(tag === undefined ? {} : { tag }),
    storage: Math.floor(index / (subscriptions.length * 5)),
    keysInSync: dice.chance(0.5),
    granted: dice.chance(0.3),
    ...(isNew ? { createdAt: hub?.createdAt === undefined ? createdAt : Math.max(createdAt, hub.createdAt) } : {}),
    late: {
      identityDelaySeconds: isLate ? dice.whole(0, 6) : 0,
      directoryDelaySeconds: isLate ? dice.whole(0, 5) : 0,
      provisioningSeconds: isLate ? dice.whole(0, 8) : 0,
    },
  };
}

/** No workspace meets the same thing more than twice: what is undone again and again is a contest, which the app may give up. */
const mostOfAKind = 2;

/** For each workspace. */
const disturbancesAMinute = 3;
const leastDisturbances = 1.5;

function disturbances(seed: number, members: readonly Member[], durationMs: number): Step[] {
  const dice = diceFor(seed, "disturbances");
  const count = Math.round(members.length * Math.max(leastDisturbances, (disturbancesAMinute * durationMs) / 60_000));
  const met = new Map<string, number>();
  const steps: Step[] = [];
  for (let index = 0; index < count; index += 1) {
    const member = members[dice.whole(0, members.length - 1)];
    const how = dice.weighted<Disturbance>([
      [18, "revoke"],
      [14, "detach"],
      [10, "attachSecond"],
      [3, "attachForbidden"],
      [10, "rotateKey"],
      [5, "optOut"],
      [6, "optIn"],
      [18, "occupy"],
      [4, "delete"],
      [14, "ask"],
    ]);
    const at = dice.whole(0, durationMs);
    if (member === undefined) continue;
    const key = `${member.name} ${how}`;
    met.set(key, (met.get(key) ?? 0) + 1);
    if ((met.get(key) ?? 0) <= mostOfAKind)
      steps.push({ at: Math.max(at, member.createdAt ?? 0), what: "disturb", member, how });
  }
  return steps;
}

/** Fair and foul in turn, a few seconds each; once in a while operations take longer than a look stays with them. */
function weathers(seed: number, durationMs: number): Step[] {
  const dice = diceFor(seed, "weather");
  const steps: Step[] = [];
  for (let at = 0; at < durationMs; at += dice.whole(2_000, 6_000)) {
    const isStale = dice.chance(0.3);
    const weather = {
      staleReadSeconds: isStale ? dice.whole(5, 30) / 10 : 0,
      graphLagSeconds: dice.chance(0.4) ? dice.whole(1, 10) : 0,
      attachSeconds: seconds(dice),
      syncSeconds: seconds(dice),
      deliveryFaults: { reorder: dice.chance(0.5) },
    };
    steps.push({ at, what: "weather", weather });
  }
  return steps;
}

function seconds(dice: Dice): number {
  return dice.weighted([
    [4, 0],
    [3, 1],
    [3, 3],
    [0.4, 23],
  ]);
}

const sweepEveryMs = 15_000;

function sweeps(durationMs: number): Step[] {
  return Array.from({ length: Math.ceil(durationMs / sweepEveryMs) }, (_, index): Step => {
    return { at: Math.min(index * sweepEveryMs, durationMs), what: "sweep" };
  });
}

function kills(seed: number, durationMs: number, hosts: number): Step[] {
  const dice = diceFor(seed, "kills");
  const steps: Step[] = [];
  for (let at = dice.whole(2_000, 6_000); at < durationMs - 1_000; at += dice.whole(4_000, 10_000)) {
    const trigger = dice.chance(0.8) ? triggerOf(dice) : undefined;
    steps.push({
      at,
      what: "kill",
      host: dice.whole(0, hosts - 1),
      ...(trigger === undefined ? {} : { trigger }),
    });
  }
  return steps;
}

function triggerOf(dice: Dice): KillTrigger {
  const on = dice.pick<KillTrigger["on"]>(["attach", "grant", "sync", "read", "state", "history", "inbox", "message"]);
  const isFrequent = on === "read" || on === "state" || on === "message";
  return {
    on,
    moment: dice.pick(["received", "answered"]),
    nth: dice.whole(1, isFrequent ? 20 : 4),
    afterMs: dice.chance(0.5) ? 0 : dice.whole(1, 40),
  };
}

/** The registry that somebody attaches who does not know what the policy prefers. */
export function secondOf({ subscription, group }: Member): string {
  const { second, abac } = registriesOf(subscription);
  return group === "modern" ? abac : second;
}
