/** `npm run demo`: the main job, end to end, on this machine. `-- --json` prints one JSON document instead of the story. */
import { parseArgs } from "node:util";
import { parseWorkspaceId } from "../src/core/arm-id.ts";
import { workspacePath } from "../src/functions/workspace-route.ts";
import { trust } from "./azure/certificates.ts";
import { cast, fixture, registryId, type Role, settings, workspace } from "./demo/story.ts";
import { type Row, silentTeller, table, type Teller, terminalTeller } from "./demo/timeline.ts";
import { callApp, type Stack, startStack } from "./stack.ts";
import { until } from "./until.ts";

interface State {
  readonly id: string;
  readonly outcome: string;
  readonly reason?: string;
  readonly message?: string;
  readonly done?: readonly string[];
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  readonly history: readonly {
    readonly at: string;
    readonly phase: string;
    readonly requests: readonly { readonly cause: string }[];
  }[];
}

const values = readOptions();
const startedAt = performance.now();
const teller = values.json ? silentTeller : terminalTeller(startedAt);
const everybody = Object.values(cast);

teller.wait("starting Azurite, the stand-in for Azure and the Functions host");
const stack = await startStack({
  azure: { fixture, settings: { attachSeconds: 2, syncSeconds: 2, retryAfterSeconds: 1 } },
  settings,
});
trust(stack.azure);
try {
  await play(stack, teller);
} finally {
  teller.close();
  await stack.close();
}

function readOptions(): { readonly json: boolean } {
  try {
    return parseArgs({ options: { json: { type: "boolean", default: false } } }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\nnpm run demo -- [--json]`);
    process.exit(2);
  }
}

async function play(app: Stack, { tell, wait }: Teller): Promise<void> {
  const { azure, host } = app;
  tell("Azurite, the stand-in for Azure and the Functions host are up. The mode is enforce.");
  await rememberTheRightOnes(app, teller);
  const curtainUp = new Date().toISOString();

  azure.world.revoke({ scope: registryId, principalId: principalOf(app, cast.broken) }, { event: false });
  tell(`Somebody takes AcrPull away from ${cast.broken.name}; no event tells of it. The nightly sweep comes.`);
  await startSweep(app);
  for (const role of [cast.broken, cast.optedOut]) await follow(app, role, curtainUp, teller);
  tell(`${cast.right.name} looked right to the sweep, so nothing was read of it.`);

  azure.world.settings.identityDelaySeconds = 4;
  tell(`${cast.created.name} is created without a registry, and its identity takes 4 s to appear.`);
  await createAsSomebody(app, cast.created);
  azure.world.put(workspace(cast.asked), { event: false });
  tell(`${cast.asked.name} is broken too, and an engineer asks for it over HTTP.`);
  const [asked] = await Promise.all([
    callApp(host, "POST", `${pathOf(cast.asked)}/remediate?wait=30`),
    follow(app, cast.created, curtainUp, teller),
  ]);
  tell(`POST …/${cast.asked.name}/remediate answers ${asked.status}: ${(asked.body as State).outcome}.`);
  wait("reading the final state");
  await azure.idle();
  await conclude(app, curtainUp, teller);
}

/** Yesterday's work: the app has synced the keys of these two once, so tonight it knows that there is nothing to sync. */
async function rememberTheRightOnes(app: Stack, { tell, wait }: Teller): Promise<void> {
  wait("the app gets to know two workspaces that are right");
  for (const role of [cast.broken, cast.right])
    app.azure.world.grant(
      { scope: registryId, role: "AcrPull", principalId: principalOf(app, role) },
      { event: false },
    );
  // The second look confirms what the first one did.
  const askForBoth = (): Promise<unknown> =>
    Promise.all(
      [cast.broken, cast.right].map((role) => callApp(app.host, "POST", `${pathOf(role)}/remediate?wait=30`)),
    );
  await askForBoth();
  await askForBoth();
  tell(`Before the play the app got to know ${cast.broken.name} and ${cast.right.name}. From here on writes count.`);
  await app.azure.idle();
  await fetch(`${app.azure.armEndpoint}/_local/requests`, { method: "DELETE" });
}

/** Tells of every change of a workspace's state until it waits no longer. */
async function follow(app: Stack, role: Role, since: string, { tell, wait }: Teller): Promise<void> {
  let told = "";
  const look = async (): Promise<boolean> => {
    const state = await stateOf(app, role);
    if (state === undefined || state.outcome === "unknown" || causesOf(state, since).length === 0) {
      wait(`${role.name}: no look has ended yet`);
      return false;
    }
    const line = [state.outcome, state.reason, state.done?.join(", "), state.message].filter(Boolean).join(": ");
    if (line !== told) tell(`${role.name} is ${line}`);
    told = line;
    if (state.outcome !== "waiting") return true;
    wait(`${role.name} waits: ${state.reason ?? ""}`);
    return false;
  };
  await until(`${role.name} to be settled`, look, { seconds: 40, longestPauseMs: 100 });
}

async function conclude(app: Stack, since: string, { tell }: Teller): Promise<void> {
  const counted = app.azure.summary();
  const facts = await Promise.all(
    everybody.map(async (role) => {
      const state = await stateOf(app, role);
      const conditions = (state?.conditions ?? []).map(({ type, status, reason }) => ({ type, status, reason }));
      const armWrites = counted.workspaces[role.id.toLowerCase()]?.writes ?? 0;
      const causes = state === undefined ? [] : causesOf(state, since);
      return { role, outcome: state?.outcome ?? "unknown", conditions, armWrites, causes };
    }),
  );
  const rows = facts.map(({ role, outcome, armWrites, causes }): Row => {
    const { expected } = role;
    const asExpected =
      outcome === expected.outcome &&
      armWrites === expected.armWrites &&
      (expected.cause === undefined ? causes.length === 0 : causes.includes(expected.cause));
    return { role, outcome, armWrites, asExpected };
  });
  const elapsedMs = Math.round(performance.now() - startedAt);
  if (values.json) {
    const document = {
      workspaces: facts.map(({ role, ...told }) => ({ id: role.id, ...told })),
      arm: { reads: counted.reads, writes: counted.writes },
      events: { delivered: counted.events.delivered },
      elapsedMs,
    };
    console.log(JSON.stringify(document, null, 2));
  } else {
    tell(`The app sent ARM ${counted.reads} reads and ${counted.writes} writes.`);
    console.log(table(rows));
  }
  process.exitCode = rows.every(({ asExpected }) => asExpected) ? 0 : 1;
}

async function stateOf({ host }: Stack, role: Role): Promise<State | undefined> {
  const { status, body } = await callApp(host, "GET", pathOf(role));
  return status === 200 ? (body as State) : undefined;
}

/** What led to the looks at a workspace that ended since a time. */
function causesOf({ history }: State, since: string): string[] {
  const ended = history.filter(({ at, phase }) => phase === "ended" && at > since);
  return [...new Set(ended.flatMap(({ requests }) => requests.map(({ cause }) => cause)))];
}

function pathOf({ id }: Role): string {
  return `/api/${workspacePath(parseWorkspaceId(id))}`;
}

function principalOf({ azure }: Stack, { id }: Role): string {
  const resource = azure.world.get(id) as { identity?: { principalId?: string } } | undefined;
  return resource?.identity?.principalId ?? "";
}

async function startSweep({ host }: Stack): Promise<void> {
  const headers = { "x-functions-key": host.masterKey, "content-type": "application/json" };
  await fetch(`${host.url}/admin/functions/sweep`, { method: "POST", headers, body: JSON.stringify({ input: "" }) });
}

/** A workspace made the way people make one: a PUT to ARM, of which Event Grid tells. */
async function createAsSomebody({ azure }: Stack, role: Role): Promise<void> {
  const { id, ...body } = workspace(role);
  const token = azure.token("0badc0de-0000-4000-8000-00000000beef");
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(`${azure.armEndpoint}${id}?api-version=2024-10-01`, {
    method: "PUT",
    headers,
    body: JSON.stringify({ location: "westeurope", ...body }),
  });
  if (!response.ok) throw new Error(`Creating ${role.name} was answered ${response.status}: ${await response.text()}`);
}
