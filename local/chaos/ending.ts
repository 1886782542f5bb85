/** After the storm: everything gets its chance to settle, and is then written down for the oracle. */
import { setTimeout as sleep } from "node:timers/promises";
import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import { workspaceHash } from "../../src/storage/keys.ts";
import type { Azure } from "../azure/index.ts";
import type { Azurite } from "../azurite.ts";
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

/** One sweep has to find whatever the storm left, and so long everything may take that it asks for. */
const patienceMs = 60_000;
const pauseMs = 1_000;

/**
 * Sweeps once and waits until nothing is left to do, or `patienceMs` are over. Nothing may fail any more, and the hosts
 * have to be new, for what a process read from Azure it may believe for minutes.
 */
export async function settle(remains: Remains, signal: AbortSignal): Promise<void> {
  const { azure, visitor, recoveries } = remains;
  await azure.idle();
  while (!(await visitor.sweep())) await sleep(pauseMs, undefined, { signal });
  const giveUpAt = performance.now() + patienceMs;
  do {
    await sleep(pauseMs, undefined, { signal });
    recoveries.look();
  } while (performance.now() < giveUpAt && !(await isSettled(remains)));
}

/** Asks the cheapest first: the world, then storage, then the app. */
async function isSettled(remains: Remains): Promise<boolean> {
  const { members, azure } = remains;
  if (members.some((member) => conditionOf(azure.world, member).kind === "wrong")) return false;
  const inbox = await inboxOf(remains);
  if (inbox.some(({ cause }) => cause !== "scheduled")) return false;
  return (await workspacesOf(remains)).every(isAsExpected);
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
  const rows = await rowsOf(azurite, "Inbox");
  const texts = ledger.on("requests").map(({ text }) => text.toLowerCase());
  return rows.map(({ partitionKey, cause }) => {
    const workspaceId = (byHash.get(partitionKey ?? "") ?? String(partitionKey)).toLowerCase();
    return { workspaceId, cause: String(cause), isComing: texts.some((text) => text.includes(`${workspaceId}"`)) };
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
