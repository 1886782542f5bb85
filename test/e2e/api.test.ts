import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { beforeAll, describe, expect, it } from "vitest";
import { appRoot } from "../../local/stack.ts";
import { type Host, startHost } from "../../local/host/index.ts";
import { until } from "../../local/until.ts";
import { operations } from "../../src/api/operations.ts";
import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import { stateKey } from "../../src/storage/keys.ts";
import { type Answer, call, pathOf, stoppedAtTheEnd, useStack } from "./app.ts";
import { enforcing, foreignSubscriptionId, platform, subscriptionId, workspace, workspaceIdOf } from "./cast.ts";
import { leaksIn } from "./secrets.ts";
import { storageOf } from "./stores.ts";
import { storageAccount } from "../support/storage-account.ts";

const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [{ subscriptionId }, { subscriptionId: foreignSubscriptionId }],
      resources: [
        ...platform,
        workspace("known"),
        workspace("taken-out"),
        workspace("unreadable"),
        workspace("refused"),
      ],
    },
  },
  settings: enforcing,
  events: "none",
});
const keep = stoppedAtTheEnd();
/** An app whose settings are wrong: whatever it is asked, it cannot work. */
let misconfigured: Host;

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
}
interface OperationObject {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, object>> }>>;
}
let document: Document;
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);

beforeAll(async () => {
  // With a queue of its own, lest it take what the other is to work on.
  const { connectionString } = await storageAccount();
  const wrong = { ...stack.settings, AzureWebJobsStorage: connectionString, REMEDIATOR_MODE: "on" };
  misconfigured = await startHost({ appRoot, env: wrong, port: 0 });
  keep({ close: () => misconfigured.stop() });
  document = (await (await fetch(`${stack.host.url}/api/openapi.json`)).json()) as Document;
  ajv.addSchema(document, "api");
  await ask(stack.host, "POST", `${pathOf(workspaceIdOf("known"))}/remediate`);
  await ask(stack.host, "POST", `${pathOf(workspaceIdOf("unreadable"))}/remediate`);
  const { partitionKey, rowKey } = stateKey(parseWorkspaceId(workspaceIdOf("unreadable")));
  const table = storageOf(stack.azurite).table("Workspaces");
  const row = await table.get({ partitionKey, rowKey });
  await table.merge({ partitionKey, rowKey }, { memory0: "{" }, row?.etag ?? "");
});

/** Calls the app. @param body to be sent as JSON */
function ask(host: Host, method: string, path: string, body?: unknown, key = host.functionKey): Promise<Answer> {
  const headers = { "x-functions-key": key, "content-type": "application/json" };
  return call(host, method, path, headers, body === undefined ? undefined : JSON.stringify(body));
}

const known = pathOf(workspaceIdOf("known"));
const takenOut = `${pathOf(workspaceIdOf("taken-out"))}/exemption`;
const tomorrow = (): string => new Date(Date.now() + 86_400_000).toISOString();
const exempt = () => ({ until: tomorrow(), reason: "a migration" });
const elsewhere = pathOf(workspaceIdOf("known", foreignSubscriptionId));
const nowhere = pathOf(workspaceIdOf("misspelt"));
const wrongPath = known.replace(subscriptionId, "production");
const to = (method: string, path: string, body?: unknown) => () => ask(stack.host, method, path, body);

async function refusedBy(fault: object, work: () => Promise<Answer>): Promise<Answer> {
  stack.azure.setFaults([{ match: { method: "GET", path: "workspaces/refused$" }, ...fault }]);
  try {
    return await work();
  } finally {
    stack.azure.setFaults([]);
  }
}
const refused = pathOf(workspaceIdOf("refused"));
const refusal = { respond: { status: 400, code: "BadRequest", message: "No." } };

async function sweepPath(): Promise<string> {
  const { headers } = await ask(stack.host, "POST", "/api/sweeps");
  const location = headers.get("location") ?? "";
  await until("the sweep to be found", async () => (await ask(stack.host, "GET", location)).status === 200);
  return location;
}

/** How each status of each operation comes about; that of wrong settings is the same for all. */
const ways: Readonly<Record<string, () => Promise<Answer>>> = {
  "fleet 200": to("GET", "/api/fleet"),
  "fleet 400": to("GET", `/api/fleet?subscription=${subscriptionId}`),
  "workspaces 200": to("GET", "/api/workspaces?outcome=remediated&limit=1"),
  "workspaces 400": to("GET", "/api/workspaces?limit=0"),
  "workspaces 403": to("GET", `/api/workspaces?subscription=${foreignSubscriptionId}`),
  "workspace 200": to("GET", known),
  "workspace 400": to("GET", wrongPath),
  "workspace 403": to("GET", elsewhere),
  "workspace 404": to("GET", nowhere),
  "workspace 500": to("GET", pathOf(workspaceIdOf("unreadable"))),
  "diagnosis 200": to("GET", `${known}/diagnosis`),
  "diagnosis 400": to("GET", `${wrongPath}/diagnosis`),
  "diagnosis 403": to("GET", `${elsewhere}/diagnosis`),
  "diagnosis 404": to("GET", `${nowhere}/diagnosis`),
  "diagnosis 502": () => refusedBy(refusal, to("GET", `${refused}/diagnosis`)),
  "remediate 200": to("POST", `${known}/remediate?dryRun=true`),
  "remediate 202": to("POST", `${known}/remediate?wait=0`),
  "remediate 400": to("POST", `${known}/remediate?wait=x`),
  "remediate 403": to("POST", `${elsewhere}/remediate`),
  "remediate 404": to("POST", `${nowhere}/remediate`),
  "remediate 500": to("POST", `${pathOf(workspaceIdOf("unreadable"))}/remediate?dryRun=true`),
  "remediate 502": () => refusedBy(refusal, to("POST", `${refused}/remediate?dryRun=true`)),
  "exemption 200": () => ask(stack.host, "PUT", takenOut, exempt()),
  "exemption 202": () => ask(stack.host, "PUT", `${takenOut}?wait=0`, exempt()),
  "exemption 400": to("PUT", takenOut, { until: "tomorrow", reason: "r" }),
  "exemption 403": () => ask(stack.host, "PUT", `${elsewhere}/exemption`, exempt()),
  "exemption 404": () => ask(stack.host, "PUT", `${nowhere}/exemption`, exempt()),
  "inclusion 200": to("DELETE", takenOut),
  "inclusion 202": to("DELETE", `${takenOut}?wait=0`),
  "inclusion 400": to("DELETE", `${takenOut}?until=now`),
  "inclusion 403": to("DELETE", `${elsewhere}/exemption`),
  "inclusion 404": to("DELETE", `${nowhere}/exemption`),
  "sweeps 200": to("GET", "/api/sweeps?limit=2"),
  "sweeps 400": to("GET", "/api/sweeps?limit=1000"),
  "startSweep 202": to("POST", "/api/sweeps"),
  "startSweep 400": to("POST", "/api/sweeps?now=true"),
  "sweepState 200": async () => ask(stack.host, "GET", await sweepPath()),
  "sweepState 400": to("GET", "/api/sweeps/never-begun?results=true"),
  "sweepState 404": to("GET", "/api/sweeps/never-begun"),
  "settings 200": to("GET", "/api/settings"),
  "settings 400": to("GET", "/api/settings?name=REMEDIATOR_MODE"),
  "health 200": to("GET", "/api/health"),
  "ready 200": to("GET", "/api/health/ready"),
};

const promised = operations.flatMap(({ name, method, route, answers, problems }) =>
  [...new Set([...Object.keys(answers).map(Number), ...problems])].map((status) => ({ name, method, route, status })),
);

it.each(promised)("$name answers $status as the document says", async ({ name, method, route, status }) => {
  const path = `/api/${route}`.replace(/\{(\w+)\}/g, (_, part: string) =>
    part === "subscriptionId" ? subscriptionId : "x",
  );
  const body = name === "exemption" ? exempt() : undefined;
  const way = status === 503 ? () => ask(misconfigured, method.toUpperCase(), path, body) : ways[`${name} ${status}`];
  if (way === undefined) throw new Error(`Nobody says how ${name} comes to answer ${status}.`);
  const answer = await way();
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  const type = (answer.headers.get("content-type") ?? "").split(";")[0] ?? "";
  const content = document.paths[`/api/${route}`]?.[method]?.responses[String(status)]?.content ?? {};
  expect(Object.keys(content)).toContain(type);
  const pointer = ["paths", `/api/${route}`, method, "responses", String(status), "content", type, "schema"];
  const schema = pointer.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
  const validate = ajv.getSchema(`api#/${schema}`);
  if (validate === undefined) throw new Error(`There is no schema ${schema}.`);
  expect(validate(answer.body), JSON.stringify([validate.errors, answer.body])).toBe(true);
});

it.each(operations.filter(({ needsKey }) => needsKey))(
  "$name is answered 401 without the key",
  async ({ name, method, route }) => {
    const path = `/api/${route}`.replace(/\{\w+\}/g, "x");
    const { status, body } = await ask(stack.host, method.toUpperCase(), path, undefined, "guessed");
    expect([status, body]).toEqual([401, undefined]);
    expect(Object.keys(document.paths[`/api/${route}`]?.[method]?.responses ?? {}), name).toContain("401");
  },
);

describe("a query parameter that nobody knows", () => {
  it.each(operations.filter(({ needsKey }) => needsKey))("is refused by $name", async ({ name, method, route }) => {
    const path = `/api/${route.replace("{subscriptionId}", subscriptionId).replace(/\{\w+\}/g, "x")}`;
    const body = name === "exemption" ? JSON.stringify(exempt()) : undefined;
    const query = `nobody=knows&code=${stack.host.functionKey}`;
    const answer = await call(stack.host, method.toUpperCase(), `${path}?${query}`, {}, body);
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([400, "InvalidQuery"]);
    expect((answer.body as { detail: string }).detail).toMatch(/^nobody: unknown; (?:known are|no parameter is known)/);
  });

  it.each(["/api/health", "/api/health/ready"])("does not fail %s, which a probe may ask with one", async (path) => {
    expect((await call(stack.host, "GET", `${path}?probe=1`, {})).status).toBe(200);
  });

  it("is not the key, with which the fleet is answered", async () => {
    const { status, body } = await call(stack.host, "GET", `/api/fleet?code=${stack.host.functionKey}`, {});
    expect([status, body]).toEqual([200, expect.objectContaining({ mode: "enforce" })]);
  });
});

describe("an exemption over HTTP", () => {
  const id = workspaceIdOf("taken-out");
  const state = async () => (await ask(stack.host, "GET", pathOf(id))).body as Record<string, unknown>;

  it("is shown with its end and its reason, and ended by whoever asks", async () => {
    const body = exempt();
    const { status, body: taken } = await ask(stack.host, "PUT", takenOut, body);
    expect(status).toBe(200);
    expect(taken).toMatchObject({
      outcome: "exempt",
      reason: "OperatorExemption",
      exemption: body,
      nextLookAt: body.until,
    });
    expect((await ask(stack.host, "POST", `${pathOf(id)}/remediate`)).body).toMatchObject({ outcome: "exempt" });
    const { body: counted } = await ask(stack.host, "GET", "/api/fleet");
    expect(counted).toMatchObject({
      reasons: expect.arrayContaining([{ outcome: "exempt", reason: "OperatorExemption", workspaces: 1 }]) as unknown,
    });
    expect((await ask(stack.host, "DELETE", takenOut)).body).not.toHaveProperty("exemption");
    expect((await state())["outcome"]).not.toBe("exempt");
  });

  it.each([
    [{ until: "2020-01-01T00:00:00Z", reason: "r" }, "later than now"],
    [{ until: "2199-01-01T00:00:00Z", reason: "r" }, "by at most 366 days"],
    [{ until: "2027-01-01", reason: "r" }, "until: allowed: a moment in UTC"],
    [{ reason: "r" }, "until: allowed: a moment in UTC"],
    [{ until: "2027-01-01T00:00:00Z" }, "reason: allowed: a text"],
    [{ until: "2027-01-01T00:00:00Z", reason: " " }, "reason: allowed: a text that says why"],
    [{ until: "2027-01-01T00:00:00Z", reason: "x".repeat(501) }, "reason: allowed: at most 500 characters"],
    [{ until: "2027-01-01T00:00:00Z", reason: "r", forever: true }, "forever: unknown"],
    [[], "The body: allowed: an object"],
    [undefined, "Found none, allowed: a JSON object"],
  ])("is refused where it says %j", async (body, names) => {
    const answer = await ask(stack.host, "PUT", takenOut, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: "InvalidBody" });
    expect((answer.body as { detail: string }).detail).toContain(names);
  });
});

describe("the list and the counts of the fleet", () => {
  it("agree, and pages lead on from each other", async () => {
    const ids: string[] = [];
    let continuation = "";
    do {
      const { body } = await ask(stack.host, "GET", `/api/workspaces?limit=1${continuation}`);
      const page = body as { workspaces: { id: string }[]; continuation?: string };
      ids.push(...page.workspaces.map(({ id }) => id));
      continuation = page.continuation === undefined ? "" : `&continuation=${page.continuation}`;
    } while (continuation !== "");
    expect(new Set(ids).size).toBe(ids.length);
    const { body } = await ask(stack.host, "GET", "/api/fleet");
    expect(body).toMatchObject({ mode: "enforce", subscriptions: [subscriptionId], workspaces: ids.length });
  });

  it("refuse a continuation that is none", async () => {
    for (const wrong of ["x", `${subscriptionId}.x`, `${subscriptionId}.${"0".repeat(64)}.1`]) {
      const { status, body } = await ask(stack.host, "GET", `/api/workspaces?continuation=${wrong}`);
      expect([status, (body as { code: string }).code]).toEqual([400, "InvalidQuery"]);
    }
  });
});

describe("a sweep over HTTP", () => {
  it("is told of from its beginning to how its looks ended", async () => {
    const location = await sweepPath();
    const swept = await until("the sweep to finish", async () => {
      const { body } = await ask(stack.host, "GET", location);
      return (body as { state: string }).state === "finished" && (body as { id: string; seen: number });
    });
    expect(swept.seen).toBe(4);
    const { body } = await ask(stack.host, "GET", "/api/sweeps");
    expect((body as { sweeps: { id: string }[] }).sweeps.map(({ id }) => id)).toContain(swept.id);
  });
});

it("settings are shown with where they come from, and without secrets", async () => {
  const { body } = await ask(stack.host, "GET", "/api/settings");
  expect((body as { settings: object[] }).settings).toEqual(
    expect.arrayContaining([
      { name: "REMEDIATOR_MODE", value: "enforce", from: "setting" },
      { name: "REMEDIATOR_PULL_PRINCIPALS", value: "workspace,compute,endpoint", from: "default" },
      { name: "REMEDIATOR_MANAGEMENT_GROUPS", value: "", from: "default" },
      { name: "REMEDIATOR_ALLOWED_IDENTITY_SCOPES", from: "nowhere" },
      { name: "AzureWebJobsStorage", from: "setting" },
    ]),
  );
});

it("no secret is in the log, in storage or in an answer", async () => {
  expect(await leaksIn(stack)).toEqual([]);
});
