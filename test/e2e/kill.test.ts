/** A process that dies without a word, at every step of a look: what it had begun is finished by another, and not done again. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Azure } from "../../local/azure/index.ts";
import type { LoggedRequest, Moment } from "../../local/azure/request-log.ts";
import type { Azurite } from "../../local/azurite.ts";
import { Hosts } from "../../local/chaos/hosts.ts";
import { operationOf } from "../../local/chaos/journal.ts";
import { deedOf } from "../../local/chaos/ledger.ts";
import type { ProxyRequest } from "../../local/chaos/proxy.ts";
import { newKeys } from "../../local/host/keys.ts";
import type { Host } from "../../local/host/index.ts";
import { until } from "../../local/until.ts";
import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import { stateKey } from "../../src/storage/keys.ts";
import { principalOf, remediate, settled, startAzureFor, type State, stoppedAtTheEnd, writesFor } from "./app.ts";
import { enforcing, platform, registryId, subscriptionId, workspace, workspaceIdOf } from "./cast.ts";
import { queueLength } from "./stores.ts";
import { storageAccount } from "../support/storage-account.ts";

/** What may be watched for, and whether it is what was watched for. */
interface Watch {
  readonly arm?: (moment: Moment, request: LoggedRequest) => boolean;
  /** Killed by it before storage hears of it. */
  readonly request?: (request: ProxyRequest) => boolean;
  readonly answer?: (request: ProxyRequest) => boolean;
}

const keep = stoppedAtTheEnd();
let azurite: Azurite;
let azure: Azure;
let hosts: Hosts;
let watch: Watch = {};
let kills = 0;

function seen(isIt: boolean | undefined): boolean {
  if (isIt !== true) return false;
  watch = {};
  kills += 1;
  void hosts.replace(0);
  return true;
}

beforeAll(async () => {
  azurite = await storageAccount();
  const fixture = { subscriptions: [{ subscriptionId }], resources: platform };
  const onRequest = (moment: Moment, request: LoggedRequest): void => {
    seen(watch.arm?.(moment, request));
  };
  azure = keep(await startAzureFor(enforcing, { fixture, onRequest }));
  hosts = keep(
    await Hosts.start(
      {
        azure,
        azurite,
        count: 1,
        settings: { ...enforcing, REMEDIATOR_LEASE_SECONDS: "5" },
        // A message that its worker took with it comes back after three seconds instead of ten minutes.
        timeScale: 0.005,
        onChange: () => undefined,
        storageFault: () => undefined,
        onStorageRequest: (_client, request) => !seen(watch.request?.(request)),
        onStorageAnswer: (_client, request) => void seen(watch.answer?.(request)),
      },
      newKeys(),
    ),
  );
});

/** Asks for a look, has the process killed at the watched step, and waits for the end of what another one makes of it. */
async function killedAt(name: string, makeWatch: (workspaceId: string) => Watch): Promise<State> {
  const id = workspaceIdOf(name);
  azure.world.put(workspace(name), { event: false });
  const before = kills;
  watch = makeWatch(id);
  await remediate(await serving(), id, "wait=0").catch(() => undefined);
  await until("the process to be killed", () => kills > before);
  const state = await settled(await serving(), id);
  expect(kills).toBe(before + 1);
  return state;
}

async function serving(): Promise<Host> {
  return until("a process to serve", () => hosts.next());
}

const armAnswered =
  (operation: string) =>
  (id: string): Watch => {
    return {
      arm: (moment, request) =>
        moment === "answered" && operationOf(request) === operation && request.workspaceIds.includes(id.toLowerCase()),
    };
  };

const isStateOf = (id: string, { path, body }: ProxyRequest): boolean =>
  `${path} ${body}`.includes(stateKey(parseWorkspaceId(id)).rowKey);

/** The first write of its state row takes the lease. */
const leaseTaken = (id: string): Watch => {
  return { answer: (request) => deedOf(request) === "state" && isStateOf(id, request) };
};

/** History has the end, the state row not yet. */
const beforeRemembering = (id: string): Watch => {
  let hasEnded = false;
  return {
    request: (request) => {
      if (deedOf(request) === "history") hasEnded ||= request.body.includes(String.raw`\"phase\":\"ended\"`);
      return hasEnded && deedOf(request) === "state" && isStateOf(id, request);
    },
  };
};

/** Azure took the attachment and works on it; the process had remembered that, and comes to ask how it stands. */
const operationRuns = (): Watch => {
  return { arm: (moment, { path }) => moment === "received" && path.includes("/workspaceOperationsStatus/") };
};

const once = ["PATCH workspaces", "POST resyncKeys", "PUT roleAssignments"];
const syncedTwice = ["PATCH workspaces", "POST resyncKeys", "POST resyncKeys", "PUT roleAssignments"];

/** Lines of history by whose attempt they tell of, the first attempt first. */
function attemptsIn({ history }: State): readonly string[] {
  const lines = history as readonly (State["history"][number] & { readonly reconcileId: string })[];
  const attempts = new Map<string, string[]>();
  for (const { reconcileId, phase } of lines.toReversed())
    attempts.set(reconcileId, [...(attempts.get(reconcileId) ?? []), phase]);
  return [...attempts.values()].map((phases) => phases.join(", "));
}

function assignmentsTo(id: string): number {
  return azure.world.roles.assignments().filter(({ principalId }) => principalId === principalOf(azure, id)).length;
}

const begun = "planned";
const whole = "planned, ended";

describe.each([
  { step: "the lease", name: "after-lease", at: leaseTaken, writes: once, attempts: [whole] },
  { step: "attaching", name: "after-attach", at: armAnswered("attach"), writes: once, attempts: [begun, whole] },
  { step: "granting", name: "after-grant", at: armAnswered("grant"), writes: once, attempts: [begun, whole] },
  // Its end was not remembered: nobody can know that there was one.
  { step: "syncing", name: "after-sync", at: armAnswered("sync"), writes: syncedTwice, attempts: [begun, whole] },
  // Everything was done and told, except that it was: the next look finds nothing to do.
  { step: "the last line", name: "before-remember", at: beforeRemembering, writes: once, attempts: [whole, "ended"] },
  { step: "Azure's 202", name: "running", at: operationRuns, writes: once, attempts: [begun, whole], attachSeconds: 2 },
])("a process that dies after $step", ({ name, at, writes, attempts, attachSeconds = 0 }) => {
  const id = workspaceIdOf(name);
  let state: State;
  beforeAll(async () => {
    azure.settings.attachSeconds = attachSeconds;
    state = await killedAt(name, at);
    azure.settings.attachSeconds = 0;
  });

  it("has its work finished by another", () => {
    expect(state.outcome).toBe("remediated");
    expect(azure.world.get(id)?.properties.containerRegistry).toBe(registryId);
    expect(azure.world.keysInSync(id)).toBe(true);
  });

  it("has nothing of it done a second time", () => {
    expect(writesFor(azure, id)).toEqual(writes);
    expect(assignmentsTo(id)).toBe(1);
  });

  it("is seen in the history, as is who came after", () => {
    expect(attemptsIn(state)).toEqual(attempts);
  });
});

it("leaves nothing on the poison queue", async () => {
  expect(await queueLength(azurite, "requests-poison")).toBe(0);
});
