/** What the app exports by OTLP: the bundle in the host stand-in, to a receiver that decodes what comes. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { partsOf, readOutputs } from "../../bench/bundle.ts";
import { SELF } from "../../local/azure/fixture.ts";
import { startHost } from "../../local/host/index.ts";
import { appRoot } from "../../local/stack.ts";
import { until } from "../../local/until.ts";
import { counters, duration, gauges } from "../../src/telemetry/instruments.ts";
import { call, remediate, type State, useStack } from "../e2e/app.ts";
import { enforcing, platform, registryId, subscriptionId, workspace, workspaceIdOf } from "../e2e/cast.ts";
import { secretsOf } from "../e2e/secrets.ts";
import { type ReceivedPoint, type ReceivedSpan, startReceiver } from "./receiver.ts";

const receiver = await startReceiver();
const folder = mkdtempSync(path.join(tmpdir(), "remediator-"));
const logLoads = (file: string): Record<string, string> => ({
  NODE_OPTIONS: `--import ${fileURLToPath(new URL("log-loads.ts", import.meta.url))}`,
  LOADED_FILES: path.join(folder, file),
});

const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [{ subscriptionId }],
      resources: [
        ...platform.map((resource) =>
          resource.id === registryId ? { ...resource, repositories: { "team/base": ["1.0"] } } : resource,
        ),
        workspace("broken"),
        workspace("another"),
        workspace("third"),
      ],
      roleAssignments: [{ scope: registryId, role: "AcrPull", principalId: SELF }],
    },
  },
  settings: {
    ...enforcing,
    REMEDIATOR_REQUIRED_IMAGES: JSON.stringify([{ image: "team/base:1.0" }]),
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_METRIC_EXPORT_INTERVAL: "250",
    ...logLoads("configured"),
  },
  events: "none",
});
const broken = workspaceIdOf("broken");

function points(metric: { readonly name: string }): readonly ReceivedPoint[] {
  return receiver.metrics.get(metric.name) ?? [];
}

function total(metric: { readonly name: string }, labels: Readonly<Record<string, string>> = {}): number {
  return points(metric)
    .filter(({ attributes }) => Object.entries(labels).every(([key, value]) => attributes[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

function only(what: string, is: (span: ReceivedSpan) => boolean): ReceivedSpan {
  const [span, ...others] = receiver.spans.filter(is);
  if (span === undefined || others.length > 0) throw new Error(`${what}: ${others.length} too many, or none.`);
  return span;
}

const isReconcileOf =
  (workspaceId: string) =>
  ({ name, attributes }: ReceivedSpan): boolean =>
    name === "reconcile" && attributes["acr_remediator.workspace.id"] === workspaceId;

/** Which parts of the bundle a host has loaded. */
function partsLoaded(file: string): readonly string[] {
  const loaded = readFileSync(path.join(folder, file), "utf8");
  return [...partsOf(readOutputs())].flatMap(([part, output]) => (loaded.includes(`/${output}\n`) ? [part] : []));
}

it("before anything happened, everything that may be counted is told to be 0", async () => {
  await call(stack.host, "GET", "/api/health");
  await until("the gauges", () => points(gauges.queueAge).length > 0);
  for (const { name, unit, zeros } of Object.values(counters))
    expect(points({ name }), name).toEqual(
      expect.arrayContaining(zeros.map((attributes) => ({ unit, attributes, value: 0 }))),
    );
  for (const gauge of Object.values(gauges)) {
    expect(points(gauge).length, gauge.name).toBeGreaterThan(0);
    expect(new Set(points(gauge).map(({ unit }) => unit))).toEqual(new Set([gauge.unit]));
  }
  expect([total(gauges.waiting), total(gauges.oldestWait), total(counters.reconciles)]).toEqual([0, 0, 0]);
});

describe("a look that is asked for over HTTP", () => {
  let reconcile: ReceivedSpan;

  it("is told from the request to what it leads to", async () => {
    const { status, body } = await remediate(stack.host, broken);
    expect([status, (body as State).outcome]).toEqual([200, "remediated"]);
    await until("the reconcile", () => receiver.spans.some(isReconcileOf(broken)));
    await until("the trigger", () => receiver.spans.some(({ name }) => name === "remediate"));
    reconcile = only("the reconcile", isReconcileOf(broken));
    expect(reconcile.attributes).toMatchObject({
      "acr_remediator.outcome": "remediated",
      "acr_remediator.causes": ["http"],
    });
    expect(reconcile.attributes["acr_remediator.drift"]).toEqual(expect.arrayContaining(["attach", "grant", "sync"]));
    const asked = only("the request", ({ name }) => name === "remediate");
    expect(asked.attributes).toMatchObject({ "faas.trigger": "http", "http.response.status_code": 200 });
    expect(reconcile.links).toEqual([{ traceId: asked.traceId, spanId: asked.spanId }]);
    const trigger = await until("the trigger's end", () =>
      receiver.spans.find(({ spanId }) => spanId === reconcile.parentSpanId),
    );
    expect([trigger.name, trigger.traceId]).toEqual(["requests", reconcile.traceId]);
    // Of the invocation, which the host tells of.
    expect(trigger.parentSpanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
  });

  it("has a span below it for each request to Azure Resource Manager and to the registry", () => {
    const requests = receiver.spans.filter(({ parentSpanId }) => parentSpanId === reconcile.spanId);
    expect(requests.every(({ kind, traceId }) => kind === "client" && traceId === reconcile.traceId)).toBe(true);
    const subscription = "/subscriptions/{}/resourceGroups/{}/providers";
    const ofWorkspace = `${subscription}/Microsoft.MachineLearningServices/workspaces/{}`;
    const names = requests.map(({ name }) => name);
    for (const name of [
      `GET ${ofWorkspace}`,
      `PATCH ${ofWorkspace}`,
      `POST ${ofWorkspace}/resyncKeys`,
      `PUT ${subscription}/Microsoft.ContainerRegistry/registries/{}/providers/Microsoft.Authorization/roleAssignments/{}`,
      "GET /acr/v1/{}/_tags/{}",
    ])
      expect(names).toContain(name);
    const patch = requests.find(({ name }) => name === `PATCH ${ofWorkspace}`);
    expect(patch?.attributes).toMatchObject({
      "http.request.method": "PATCH",
      "server.address": new URL(stack.azure.armEndpoint).hostname,
      "url.path": expect.stringMatching(/\/workspaces\/broken$/) as unknown,
      "http.response.status_code": expect.any(Number) as unknown,
    });
    const paths = requests.map(({ attributes }) => String(attributes["url.path"]));
    expect(paths.filter((one) => one.includes("?"))).toEqual([]);
  });

  it("is counted, with each request that it took", async () => {
    await until("the count", () => total(counters.reconciles, { outcome: "remediated" }) === 1);
    expect(total(duration)).toBeGreaterThanOrEqual(1);
    for (const kind of ["attach", "grant", "sync"]) expect(total(counters.drift, { kind }), kind).toBe(1);
    await until("all requests", () => {
      return total(counters.armCalls) === stack.azure.requests.filter(({ isSelf }) => isSelf).length;
    });
    expect(total(counters.registryCalls, { method: "GET", status_class: "2xx" })).toBeGreaterThan(0);
    await until("the fleet", () => total(gauges.workspaces, { outcome: "remediated" }) === 1);
  });

  it("writes its id into every line of its log", () => {
    const lines = stack.host
      .logs()
      .filter(({ category, message }) => category === "Function.requests.User" && message.startsWith(broken))
      .map(({ message }) => message);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/ \[reconcile [0-9a-f-]{36}\]$/);
    const id = String(reconcile.attributes["acr_remediator.reconcile.id"]);
    expect(lines.filter((line) => line.includes(id))).toHaveLength(1);
  });
});

it("a sweep is told, with what it asked of Azure Resource Graph, and leads to its looks", async () => {
  await call(stack.host, "POST", "/api/sweeps");
  const sweep = await until("the sweep", () => receiver.spans.find(({ name }) => name === "sweep"));
  const { spanId, attributes, links } = sweep;
  expect(attributes).toMatchObject({ "acr_remediator.sweep.result": "finished", "acr_remediator.sweep.seen": 3 });
  expect(links).toHaveLength(1);
  const graph = "POST /providers/Microsoft.ResourceGraph/resources";
  expect(receiver.spans.some(({ name, parentSpanId }) => name === graph && parentSpanId === spanId)).toBe(true);
  await until("its looks", () =>
    receiver.spans.some((span) => isReconcileOf(workspaceIdOf("another"))(span) && span.links[0]?.spanId === spanId),
  );
  await until("its count", () => total(counters.sweeps, { result: "finished" }) === 1);
});

it("who tells is told: the app, and which of its processes", () => {
  expect(receiver.resources.length).toBeGreaterThan(0);
  const instances = receiver.resources.map((resource) => resource["service.instance.id"]);
  expect(new Set(instances).size).toBe(1);
  expect(receiver.resources[0]).toMatchObject({ "service.name": "azureml-acr-remediator" });
});

it("no secret is exported: no key, no token, no connection string", () => {
  const exported = receiver.raw.join("\n");
  expect(exported).toContain("acr_remediator.workspace.id");
  const secrets = {
    ...secretsOf(stack),
    "query string": "api-version",
    authorization: "Bearer",
  };
  const found = Object.entries(secrets).filter(([, value]) => value === "" || exported.includes(value));
  expect(found.map(([name]) => name)).toEqual([]);
});

it("where the receiver is away, everything else goes on, and nothing of it is in the log", async () => {
  await receiver.close();
  const before = stack.host.logs().length;
  const { status, body } = await remediate(stack.host, workspaceIdOf("another"));
  expect([status, (body as State).outcome]).toEqual([200, expect.stringMatching(/^(remediated|compliant)$/)]);
  const bad = stack.host.logs().slice(before);
  expect(
    bad.filter(({ level, message }) => /warning|error|critical/.test(level) || /otel|otlp/i.test(message)),
  ).toEqual([]);
  await stack.host.stop();
});

it("without configuration nothing of telemetry is loaded", async () => {
  // An empty setting is how portals and templates leave one out.
  const env = { ...stack.settings, OTEL_EXPORTER_OTLP_ENDPOINT: "", ...logLoads("unconfigured") };
  const host = await startHost({ appRoot, env, port: 0 });
  try {
    const { status } = await remediate(host, workspaceIdOf("third"));
    expect(status).toBe(200);
  } finally {
    await host.stop();
  }
  const ofTelemetry = (file: string) => partsLoaded(file).filter((part) => part.startsWith("src/telemetry/"));
  expect(partsLoaded("unconfigured")).toContain("src/azure/arm-ports.ts");
  expect(ofTelemetry("unconfigured")).toEqual([]);
  expect(ofTelemetry("configured").sort()).toEqual(["src/telemetry/otlp.ts", "src/telemetry/start.ts"]);
});
