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
  return createApp(loadConfig(env), settingsOf(env), sourceOf(env), await telemetry());
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
      const { onSweep } = await import("./functions/queue-functions.ts");
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

functions.http("remediate", {
  methods: ["POST"],
  authLevel: "function",
  route: `${workspaceRoute}/remediate`,
  handler: answering((on, request, context) => watching(context, (it) => on.onRemediate(it, request, context))),
});

functions.http("workspace", {
  methods: ["GET"],
  authLevel: "function",
  route: workspaceRoute,
  handler: answering((on, request, context) => watching(context, (it) => on.onWorkspace(it, request))),
});

functions.http("diagnosis", {
  methods: ["GET"],
  authLevel: "function",
  route: `${workspaceRoute}/diagnosis`,
  handler: answering((on, request, context) => watching(context, (it) => on.onDiagnosis(it, request, context))),
});

functions.http("exemption", {
  methods: ["PUT"],
  authLevel: "function",
  route: `${workspaceRoute}/exemption`,
  handler: answering((on, request, context) => watching(context, (it) => on.onExemption(it, request, context))),
});

functions.http("inclusion", {
  methods: ["DELETE"],
  authLevel: "function",
  route: `${workspaceRoute}/exemption`,
  handler: answering((on, request, context) => watching(context, (it) => on.onInclusion(it, request, context))),
});

functions.http("fleet", {
  methods: ["GET"],
  authLevel: "function",
  route: "fleet",
  handler: answering((on, _request, context) => watching(context, on.onFleet)),
});

functions.http("workspaces", {
  methods: ["GET"],
  authLevel: "function",
  route: "workspaces",
  handler: answering((on, request, context) => watching(context, (it) => on.onWorkspaces(it, request))),
});

functions.http("sweeps", {
  methods: ["GET"],
  authLevel: "function",
  route: "sweeps",
  handler: answering((on, request, context) => watching(context, (it) => on.onSweeps(it, request))),
});

functions.http("startSweep", {
  methods: ["POST"],
  authLevel: "function",
  route: "sweeps",
  handler: answering((on, request, context) => watching(context, (it) => on.onStartSweep(it, request, context))),
});

functions.http("sweepState", {
  methods: ["GET"],
  authLevel: "function",
  route: "sweeps/{id}",
  handler: answering((on, request, context) => watching(context, (it) => on.onSweepState(it, request))),
});

functions.http("settings", {
  methods: ["GET"],
  authLevel: "function",
  route: "settings",
  handler: answering((on, _request, context) => watching(context, (it) => Promise.resolve(on.onSettings(it)))),
});

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
