/** What one look costs ARM, beside what the blind commands cost it. Counted by the stand-in; operations are short, which changes no count. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { trust } from "../local/azure/certificates.ts";
import { type Azure, startAzure } from "../local/azure/index.ts";
import { startAzurite } from "../local/azurite.ts";
import { whereabouts } from "../local/stack.ts";
import { type App, createApp } from "../src/app.ts";
import { loadConfig } from "../src/config.ts";
import { parseWorkspaceId } from "../src/core/arm-id.ts";
import type { Request } from "../src/core/ports.ts";
import { accept, work } from "../src/core/work.ts";
import { blindTarget, sentBlindly } from "./blind-runs.ts";
import { runBlindCommands } from "./blind.ts";
import { type Calls, countCalls } from "./calls.ts";
import { broken, fixtureOf, type Member, member, settingsFor, subscriptionsOf } from "./fleet.ts";
import type { Measurement, Row } from "./measurement.ts";

/** The calls of one look in a process that has looked before, and in one that has not. */
export interface LookCost extends Calls {
  readonly cold: Calls;
}

export interface ReconcileResult {
  /** Nothing to do, and remembered. */
  readonly compliant: LookCost;
  /** Registry, grant and key sync are missing. */
  readonly broken: LookCost;
  /** Azure has not created the identity yet; all else is done. */
  readonly waiting: Calls;
  /** The later look that confirms a change. */
  readonly confirmation: Calls;
  /** The three blind commands: they cost the same whether anything is wrong or not. */
  readonly baseline: Calls;
}

/** Every wait of the app takes this part of what it takes in production: a change is confirmed within a second. */
const waitScale = 0.001;

/** @param operationSeconds how long attaching and syncing take; 0 is done at once, and then nothing is polled */
export async function countReconciles(operationSeconds: 0 | 1): Promise<ReconcileResult> {
  const subscriptions = subscriptionsOf(1);
  const parts = [startAzurite(), startAzure({ fixture: fixtureOf(subscriptions) })] as const;
  await Promise.allSettled(parts);
  const [azurite, azure] = await Promise.all(parts);
  try {
    Object.assign(azure.settings, { attachSeconds: operationSeconds, syncSeconds: operationSeconds, throttling: true });
    trust(azure);
    const env = { ...whereabouts(azure, azurite.connectionString), ...settingsFor(subscriptions) };
    // The credential reads where the identity endpoint is by itself.
    Object.assign(process.env, { IDENTITY_ENDPOINT: env.IDENTITY_ENDPOINT, IDENTITY_HEADER: env.IDENTITY_HEADER });
    const newProcess = (): App => createApp(loadConfig({ ...env, REMEDIATOR_WAIT_SCALE: String(waitScale) }));
    return await countOn(azure, subscriptions[0] ?? "", newProcess);
  } finally {
    await Promise.all([azure.close(), azurite.close()]);
  }
}

async function countOn(azure: Azure, subscription: string, newProcess: () => App): Promise<ReconcileResult> {
  const [first, second, late, blind] = ["first", "second", "late", "blind"].map((name) => member(subscription, name));
  if (first === undefined || second === undefined || late === undefined || blind === undefined) throw new Error();
  for (const one of [first, second, blind]) azure.world.put(broken(one), { event: false });
  const looks = async (app: App, one: Member, expected: string): Promise<Calls> => look(azure, app, one, expected);

  const app = newProcess();
  const brokenCold = await looks(app, first, "remediated");
  const confirmation = await lookThatWasScheduled(azure, app, first);
  const brokenWarm = await looks(app, second, "remediated");
  // Only after it was confirmed: a look before that confirms as well, and passes by what is cached.
  const compliantWarm = await looks(app, first, "compliant");
  const compliantCold = await looks(newProcess(), first, "compliant");
  azure.settings.identityDelaySeconds = 3_600;
  azure.world.put(broken(late), { event: false });
  await looks(app, late, "waiting"); // attaches, which is counted above
  const waiting = await looks(app, late, "waiting");

  const before = sentBlindly(azure).length;
  await runBlindCommands(blindTarget(azure), blind);
  return {
    compliant: { ...compliantWarm, cold: compliantCold },
    broken: { ...brokenWarm, cold: brokenCold },
    waiting,
    confirmation,
    baseline: countCalls(sentBlindly(azure).slice(before)),
  };
}

/** Looks because an event told of the workspace. @throws Error when the look ends otherwise than expected */
async function look(azure: Azure, app: App, one: Member, expected: string): Promise<Calls> {
  const request: Request = { id: randomUUID(), cause: "event", acceptedAt: Date.now() };
  await accept(parseWorkspaceId(one.id), request, app.ports);
  return workOn(azure, app, one, request.id, expected);
}

async function lookThatWasScheduled(azure: Azure, app: App, one: Member): Promise<Calls> {
  const workspace = parseWorkspaceId(one.id);
  const [scheduled] = await app.ports.inbox.list(workspace);
  const { nextLookAt } = (await app.ports.memory.load(workspace)) ?? {};
  if (scheduled?.cause !== "scheduled" || nextLookAt === undefined) throw new Error("No look is scheduled.");
  await sleep(Math.max(0, nextLookAt - Date.now()));
  return workOn(azure, app, one, scheduled.id, "compliant");
}

async function workOn(azure: Azure, app: App, one: Member, requestId: string, expected: string): Promise<Calls> {
  const before = azure.requests.length;
  const { betweenReconcilesMs } = app.policy.waits;
  for (;;) {
    const done = await work({ workspaceId: one.id, requestId }, app.policy, app.ports);
    if (done.kind === "reconciled") {
      if (done.outcome?.kind !== expected) throw new Error(`${one.id} is not ${expected}: ${JSON.stringify(done)}`);
      return countCalls(azure.requests.slice(before));
    }
    if (done.kind === "covered") throw new Error(`The look at ${one.id} was covered by another.`);
    await sleep(betweenReconcilesMs);
  }
}

export const reconcileMeasurement: Measurement<"reconcile"> = {
  key: "reconcile",
  title: "ARM calls for one look",
  measure: ({ tell }) => {
    tell("Counting the calls of looks.");
    return countReconciles(1);
  },
  rows: ({ compliant, broken: repaired, waiting, confirmation, baseline }): readonly Row[] => {
    const blind = callsText(baseline);
    return [
      { what: "compliant, warm", app: callsText(compliant), baseline: blind, ...within(compliant, 2, 0) },
      { what: "compliant, cold", app: callsText(compliant.cold), baseline: blind, ...within(compliant.cold, 5, 0) },
      { what: "broken, warm", app: callsText(repaired), baseline: blind, ...within(repaired, 5, 3) },
      { what: "broken, cold", app: callsText(repaired.cold), baseline: blind, ...within(repaired.cold, 8, 3) },
      { what: "waiting for an identity", app: callsText(waiting) },
      { what: "confirming a change, later", app: callsText(confirmation) },
    ];
  },
  bars: ({ compliant, broken: repaired, baseline }) => [
    { what: "ARM calls: compliant workspace", unit: "", app: sum(compliant), baseline: sum(baseline) },
    { what: "ARM calls: broken workspace", unit: "", app: sum(repaired), baseline: sum(baseline) },
  ],
};

function sum({ reads, writes, polls }: Calls): number {
  return reads + writes + polls;
}

function callsText({ reads, writes, polls }: Calls): string {
  return `${reads} reads, ${writes} writes, ${polls} polls`;
}

function within({ reads, writes }: Calls, mostReads: number, exactWrites: number): Pick<Row, "target" | "isMet"> {
  return {
    target: `≤ ${mostReads} reads, ${exactWrites} writes`,
    isMet: reads <= mostReads && writes === exactWrites,
  };
}
