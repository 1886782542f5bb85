/** Entry of the bundle: which function hears which trigger. Of the settings only the schedule is read at load. */
import { app as functions } from "@azure/functions";
import { type App, createApp } from "./app.ts";
import { loadConfig, sweepSchedule } from "./config.ts";
import { onEvent } from "./functions/events.ts";
import { onHealth } from "./functions/health.ts";
import { answer } from "./functions/http.ts";
import { onRemediate } from "./functions/remediate.ts";
import { onMessage } from "./functions/queue.ts";
import { onSweep } from "./functions/sweep.ts";
import { onWorkspace } from "./functions/workspace.ts";
import { workspaceRoute } from "./functions/workspace-path.ts";
import { queueName } from "./storage/connection.ts";

let made: App | undefined;

/** Made at the first call: wrong settings then fail each call with the list of them, instead of hiding all functions. */
function app(): App {
  made ??= createApp(loadConfig());
  return made;
}

functions.eventGrid("events", { handler: (event: unknown, context) => onEvent(app(), event, context) });

functions.storageQueue("requests", {
  queueName,
  connection: "AzureWebJobsStorage",
  handler: (message: unknown, context) => onMessage(app(), message, context),
});

functions.timer("sweep", { schedule: sweepSchedule(), handler: (_timer, context) => onSweep(app(), context) });

functions.http("remediate", {
  methods: ["POST"],
  authLevel: "function",
  route: `${workspaceRoute}/remediate`,
  handler: (request, context) => answer(context, () => onRemediate(app(), request, context)),
});

functions.http("workspace", {
  methods: ["GET"],
  authLevel: "function",
  route: workspaceRoute,
  handler: (request, context) => answer(context, () => onWorkspace(app(), request)),
});

functions.http("health", {
  methods: ["GET"],
  authLevel: "anonymous",
  route: "health",
  handler: (_request, context) => answer(context, () => onHealth(app())),
});
