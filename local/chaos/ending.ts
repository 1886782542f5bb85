/** After the storm: everything gets its chance to settle, and is then written down for the oracle. */
import { setTimeout as sleep } from "node:timers/promises";
import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import { defaultWaits } from "../../src/core/policy.ts";
import { workspaceHash } from "../../src/storage/keys.ts";
import type { Azure } from "../azure/index.ts";
import type { Azurite } from "../azurite.ts";
import { waitScale } from "./cast.ts";
import type { Hosts } from "./hosts.ts";
import type { Ledger } from "./ledger.ts";
import type { End, EndOfWorkspace } from "./oracle.ts";
import type { Recoveries } from "./recoveries.ts";
import type { Member } from "./script.ts";
import { rowsOf, tablesOf } from "./storage-view.ts";
import { conditionOf, idOf } from "./truth.ts";
import type { Visitor } from "./visitor.ts";

export interface Remains {
  readonly azure: Azure;
  readonly azurite: Azurite;
  readonly hosts: Hosts;
  readonly ledger: Ledger;
  readonly visitor: Visitor;
  readonly recoveries: Recoveries;
  readonly members: readonly Member[];
}

/** How long nothing may get better before it is called the end, and how long all of it may take. */
const patienceMs = 45_000;
const longestMs = 300_000;
const pauseMs = 1_000;
/** After so long a sweep finds a look overdue that was to confirm a change. */
const pastDueMs = 2.5 * defaultWaits.followUpMs * waitScale;

/**
 * Sweeps and waits until nothing is left to do, or nothing gets better any more. One sweep has to find whatever the storm
 * left; only one that failed, which on a busy machine Azurite's slowness may cause, or that was not begun because a process was
 * killed in the middle of one and holds the right to sweep for a while, is followed by another. Nothing else may
 * fail any more, and the hosts have to be new, for what a process read from Azure it may believe for minutes.
 */
export async function settle(remains: Remains, signal: AbortSignal): Promise<void> {
  await remains.azure.idle();
  const giveUpAt = performance.now() + longestMs;
  const night = async (): Promise<void> => {
    while (!(await hasSwept(remains, giveUpAt, signal)) && performance.now() < giveUpAt);
    await goOn(remains, giveUpAt, signal);
  };
  await night();
  if ((await inboxOf(remains)).every(({ isComing, isStale }) => isComing || isStale)) return;
  // A look that a killed process scheduled and whose message it never sent is past due by the next night.
  await sleep(pastDueMs, undefined, { signal });
  await night();
}

/** Waits until nothing is left to do, or nothing gets better any more. */
async function goOn(remains: Remains, giveUpAt: number, signal: AbortSignal): Promise<void> {
  let left = Infinity;
  let betterAt = performance.now();
  for (;;) {
    const now = await leftToDo(remains);
    if (now < left) betterAt = performance.now();
    left = Math.min(left, now);
    if (now === 0 || performance.now() > Math.min(betterAt + patienceMs, giveUpAt)) return;
    await sleep(pauseMs, undefined, { signal });
    remains.recoveries.look();
  }
}

/** Sweeps. @returns whether it was swept to the end */
async function hasSwept({ visitor, hosts, recoveries }: Remains, until: number, signal: AbortSignal): Promise<boolean> {
  const before = hosts.logs.length;
  while (!(await visitor.sweep())) await sleep(pauseMs, undefined, { signal });
  for (;;) {
    await sleep(pauseMs, undefined, { signal });
    recoveries.look();
    const told = hosts.logs.slice(before);
    const ended = told.find(
      ({ category, message }) => category === "Function.sweep" && message.startsWith("Executed "),
    );
    if (ended === undefined && performance.now() <= until) continue;
    const isDone = told.some(
      ({ category, message }) => category === "Function.sweep.User" && /^Sweep \S+: \d+ workspaces seen/.test(message),
    );
    return ended?.level === "information" && isDone;
  }
}

/** How much is not yet as it has to end. Asks the cheapest first: the world, then storage, then the app. */
async function leftToDo(remains: Remains): Promise<number> {
  const { members, azure } = remains;
  const wrong = members.filter((member) => conditionOf(azure.world, member).kind === "wrong").length;
  const waiting = (await inboxOf(remains)).filter(({ cause }) => cause !== "scheduled").length;
  if (wrong + waiting > 0) return members.length + wrong + waiting;
  return (await workspacesOf(remains)).filter((workspace) => !isAsExpected(workspace)).length;
}

function isAsExpected({ condition, outcome }: EndOfWorkspace): boolean {
  if (condition.kind === "beyondHelp") return condition.expected.includes(outcome);
  return condition.kind === "right" && (outcome === "compliant" || outcome === "remediated");
}

/** How everything is now. */
export async function endOf(remains: Remains): Promise<End> {
  const { azure, azurite, hosts, ledger, visitor } = remains;
  const workspaces = await workspacesOf(remains);
  const places = {
    log: JSON.stringify(hosts.logs),
    storage: JSON.stringify(await tablesOf(azurite)),
    queues: JSON.stringify([...ledger.messages.values()]),
    answers: visitor.answers.join("\n"),
  };
  return {
    workspaces,
    inbox: await inboxOf(remains),
    poison: ledger.on("requests-poison").map(({ text }) => text),
    leaks: leaksIn(places, secretsOf(azure, azurite, hosts)),
    crashes: hosts.crashes,
  };
}

async function workspacesOf({ members, visitor, azure }: Remains): Promise<readonly EndOfWorkspace[]> {
  const workspaces: EndOfWorkspace[] = [];
  for (const member of members) {
    const state = await visitor.state(member);
    const outcome = state === undefined ? "no answer" : [state.outcome, state.reason].filter(Boolean).join(": ");
    workspaces.push({
      workspaceId: idOf(member).toLowerCase(),
      condition: conditionOf(azure.world, member),
      outcome,
      tellsOfRace: /AttachRaced|While it was being attached/.test(state?.text ?? ""),
    });
  }
  return workspaces;
}

async function inboxOf({ azurite, ledger, members }: Remains): Promise<End["inbox"]> {
  const byHash = new Map(members.map((member) => [workspaceHash(parseWorkspaceId(idOf(member))), idOf(member)]));
  const [rows, states] = [await rowsOf(azurite, "Inbox"), await rowsOf(azurite, "Workspaces")];
  const lookedAt = new Map(states.map((state) => [state.rowKey, Date.parse(String(state["lookedAt"]))]));
  const texts = ledger.on("requests").map(({ text }) => text.toLowerCase());
  return rows.map(({ partitionKey = "", cause, acceptedAt }) => {
    const workspaceId = (byHash.get(partitionKey) ?? partitionKey).toLowerCase();
    const isComing = texts.some((text) => text.includes(`${workspaceId}"`));
    const isStale = (lookedAt.get(partitionKey) ?? NaN) > Date.parse(String(acceptedAt));
    return { workspaceId, cause: String(cause), isComing, isStale };
  });
}

function secretsOf(azure: Azure, azurite: Azurite, { keys, secrets }: Hosts): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(keys),
    ...secrets,
    ["storage key", /AccountKey=([^;]+)/.exec(azurite.connectionString)?.[1] ?? "AccountKey="],
    // What all tokens of the stand-in begin with: their header.
    ["token", azure.token().split(".")[0] ?? ""],
    ["key of a resource", "made-up-"],
    ["shared access signature", "sig="],
  ]);
}

/** Which secret is found in which place. */
export function leaksIn(
  places: Readonly<Record<string, string>>,
  secrets: ReadonlyMap<string, string>,
): readonly string[] {
  return Object.entries(places).flatMap(([place, text]) =>
    [...secrets].flatMap(([name, value]) => (text.includes(value) ? [`${name} in ${place}`] : [])),
  );
}
