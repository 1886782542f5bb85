/**
 * Entry of the bundle: which function hears which trigger. Of the settings only the schedule is read at load, and of the code
 * only what registers functions: the rest is loaded by the first call that needs it.
 */
import type { TokenCredential } from "@azure/core-auth";
import { app as functions, type HttpRequest, type HttpResponseInit, type InvocationContext } from "@azure/functions";
import type { App } from "./app.ts";
import { workspaceRoute } from "./functions/workspace-route.ts";
import { once } from "./loaded-later.ts";
import { poisonQueueName, queueName } from "./storage/queue-names.ts";
import { sweepSchedule } from "./sweep-schedule.ts";
import { traced } from "./telemetry/invocation.ts";
import { openTelemetry } from "./telemetry/open.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

/** Made at the first call: wrong settings then fail each call with the list of them, instead of hiding all functions. */
const app = once(async () => {
  const { createApp, loadConfig, settingsOf, sourceOf } = await import("./app.ts");
  const { env } = process;
  return createApp(loadConfig(env), () => settingsOf(env), sourceOf(env), await telemetry());
});

let opened: Promise<Telemetry> | undefined;

/** Opened by the first call, whatever it is. Where nobody is to be told anything nothing is loaded. */
function telemetry(): Promise<Telemetry> {
  const getToken: TokenCredential["getToken"] = async (...asked) => (await app()).credential.getToken(...asked);
  opened ??= openTelemetry(process.env, { getToken });
  return opened;
}

functions.hook.appTerminate(async () => {
  await (await opened)?.close();
});

async function tracing<Answer>(context: InvocationContext, work: () => Promise<Answer>): Promise<Answer> {
  return traced(await telemetry(), context, work);
}

/** Does a trigger's work, and looks meanwhile whether a sweep is overdue: any trigger may notice that the timer is dead. */
async function watching<Answer>(context: InvocationContext, work: (app: App) => Promise<Answer>): Promise<Answer> {
  const it = await app();
  const [answer] = await Promise.all([work(it), startOverdueSweep(it, context)]);
  return answer;
}

/** Never fails: what the trigger is here for may go well all the same. */
async function startOverdueSweep({ freshness, notices }: App, context: InvocationContext): Promise<void> {
  try {
    const asked = await freshness.startOverdueSweep();
    if (asked === undefined) return;
    context.warn(asked.what);
    await notices.tell(asked.news, context);
  } catch (error) {
    context.warn(`Whether a sweep is overdue is not known: ${String(error)}`);
  }
}

functions.eventGrid("events", {
  handler: (event: unknown, context) =>
    tracing(context, async () => {
      const { onEvent } = await import("./functions/events.ts");
      return watching(context, (it) => onEvent(it, event, context));
    }),
});

functions.storageQueue("requests", {
  queueName,
  connection: "AzureWebJobsStorage",
  handler: (message: unknown, context) =>
    tracing(context, async () => {
      const { onMessage } = await import("./functions/queue-functions.ts");
      return watching(context, (it) => onMessage(it, message, context));
    }),
});

functions.storageQueue("poison", {
  queueName: poisonQueueName,
  connection: "AzureWebJobsStorage",
  handler: (message: unknown, context) =>
    tracing(context, async () => {
      const { onPoison } = await import("./functions/queue-functions.ts");
      return onPoison(await app(), message, context);
    }),
});

functions.timer("sweep", {
  schedule: sweepSchedule(process.env),
  handler: (_timer, context) =>
    tracing(context, async () => {
      const { onSweep } = await import("./functions/sweep.ts");
      return onSweep(await app(), context);
    }),
});

type HttpFunctions = typeof import("./functions/http-functions.ts");

/** An HTTP handler: whatever goes wrong becomes an answer that says what to mend. */
function answering(
  work: (on: HttpFunctions, request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>,
) {
  return (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> =>
    tracing(context, async () => {
      const on = await import("./functions/http-functions.ts");
      return on.answer(context, () => work(on, request, context));
    });
}

type KeyedHandler = (
  app: App,
  request: HttpRequest,
  context: InvocationContext,
) => HttpResponseInit | Promise<HttpResponseInit>;

/** An operation of the HTTP API that takes a key. */
function keyed(
  name: string,
  method: "GET" | "POST" | "PUT" | "DELETE",
  route: string,
  handler: (on: HttpFunctions) => KeyedHandler,
): void {
  functions.http(name, {
    methods: [method],
    authLevel: "function",
    route,
    handler: answering((on, request, context) => watching(context, async (it) => handler(on)(it, request, context))),
  });
}

keyed("fleet", "GET", "fleet", (on) => on.onFleet);
keyed("workspaces", "GET", "workspaces", (on) => on.onWorkspaces);
keyed("workspace", "GET", workspaceRoute, (on) => on.onWorkspace);
keyed("diagnosis", "GET", `${workspaceRoute}/diagnosis`, (on) => on.onDiagnosis);
keyed("remediate", "POST", `${workspaceRoute}/remediate`, (on) => on.onRemediate);
keyed("exemption", "PUT", `${workspaceRoute}/exemption`, (on) => on.onExemption);
keyed("inclusion", "DELETE", `${workspaceRoute}/exemption`, (on) => on.onInclusion);
keyed("sweeps", "GET", "sweeps", (on) => on.onSweeps);
keyed("startSweep", "POST", "sweeps", (on) => on.onStartSweep);
keyed("sweepState", "GET", "sweeps/{id}", (on) => on.onSweepState);
keyed("settings", "GET", "settings", (on) => on.onSettings);

functions.http("openapi", {
  methods: ["GET"],
  authLevel: "anonymous",
  route: "openapi.json",
  handler: answering(async () => {
    const { onOpenApi } = await import("./functions/openapi.ts");
    return onOpenApi();
  }),
});

functions.http("dashboard", {
  methods: ["GET"],
  authLevel: "anonymous",
  route: "dashboard",
  // It needs no settings: wrong ones it shows, as the API tells of them.
  handler: async () => {
    const { onDashboard } = await import("./functions/dashboard.ts");
    return onDashboard();
  },
});

functions.http("health", {
  methods: ["GET"],
  authLevel: "anonymous",
  route: "health",
  handler: answering(async (on) => on.onHealth(await app())),
});

functions.http("ready", {
  methods: ["GET"],
  authLevel: "anonymous",
  route: "health/ready",
  handler: answering((on, _request, context) => watching(context, on.onReady)),
});
