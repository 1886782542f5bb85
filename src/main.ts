/** Entry of the bundle: which function hears which trigger. Of the settings only the schedule is read at load. */
import { app as functions, type InvocationContext } from "@azure/functions";
import { type App, createApp } from "./app.ts";
import { loadConfig, sweepSchedule } from "./config.ts";
import { onDiagnosis } from "./functions/diagnosis.ts";
import { onEvent } from "./functions/events.ts";
import { onHealth } from "./functions/health.ts";
import { answer } from "./functions/http.ts";
import { onPoison } from "./functions/poison.ts";
import { onMessage } from "./functions/queue.ts";
import { onReady } from "./functions/ready.ts";
import { onRemediate } from "./functions/remediate.ts";
import { onSweep } from "./functions/sweep.ts";
import { onWorkspace } from "./functions/workspace.ts";
import { workspaceRoute } from "./functions/workspace-path.ts";
import { poisonQueueName, queueName } from "./storage/connection.ts";

let made: App | undefined;

/** Made at the first call: wrong settings then fail each call with the list of them, instead of hiding all functions. */
function app(): App {
  made ??= createApp(loadConfig());
  return made;
}

/** Does a trigger's work, and looks meanwhile whether a sweep is overdue: any trigger may notice that the timer is dead. */
async function watching<Answer>(context: InvocationContext, work: (app: App) => Promise<Answer>): Promise<Answer> {
  const [answer] = await Promise.all([work(app()), startOverdueSweep(context)]);
  return answer;
}

/** Never fails: what the trigger is here for may go well all the same. */
async function startOverdueSweep(context: InvocationContext): Promise<void> {
  try {
    const asked = await app().freshness.startOverdueSweep();
    if (asked !== undefined) context.warn(asked);
  } catch (error) {
    context.warn(`Whether a sweep is overdue is not known: ${String(error)}`);
  }
}

functions.eventGrid("events", {
  handler: (event: unknown, context) => watching(context, (it) => onEvent(it, event, context)),
});

functions.storageQueue("requests", {
  queueName,
  connection: "AzureWebJobsStorage",
  handler: (message: unknown, context) => watching(context, (it) => onMessage(it, message, context)),
});

functions.storageQueue("poison", {
  queueName: poisonQueueName,
  connection: "AzureWebJobsStorage",
  handler: (message: unknown, context) => onPoison(app(), message, context),
});

functions.timer("sweep", { schedule: sweepSchedule(), handler: (_timer, context) => onSweep(app(), context) });

functions.http("remediate", {
  methods: ["POST"],
  authLevel: "function",
  route: `${workspaceRoute}/remediate`,
  handler: (request, context) => answer(context, () => watching(context, (it) => onRemediate(it, request, context))),
});

functions.http("workspace", {
  methods: ["GET"],
  authLevel: "function",
  route: workspaceRoute,
  handler: (request, context) => answer(context, () => watching(context, (it) => onWorkspace(it, request))),
});

functions.http("diagnosis", {
  methods: ["GET"],
  authLevel: "function",
  route: `${workspaceRoute}/diagnosis`,
  handler: (request, context) => answer(context, () => watching(context, (it) => onDiagnosis(it, request, context))),
});

functions.http("health", {
  methods: ["GET"],
  authLevel: "anonymous",
  route: "health",
  handler: (_request, context) => answer(context, () => onHealth(app())),
});

functions.http("ready", {
  methods: ["GET"],
  authLevel: "anonymous",
  route: "health/ready",
  handler: (_request, context) => answer(context, () => watching(context, onReady)),
});
