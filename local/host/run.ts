import { createAdmin } from "./admin.ts";
import { runHooks } from "./app.ts";
import { createEventGridWebhook } from "./event-grid.ts";
import { createExecutor, type Executor } from "./executor.ts";
import { readHostConfig, type HostConfig } from "./host-json.ts";
import { createHttpFunctions } from "./http-functions.ts";
import { loadApp } from "./load-app.ts";
import type { Log } from "./log.ts";
import { createOutputWriter } from "./outputs.ts";
import type { StartMessage } from "./protocol.ts";
import { listenToQueue, type Listener } from "./queue-listener.ts";
import { createQueueProcessor, poisonQueueOf } from "./queue-processor.ts";
import { createQueueServices, type QueueServices } from "./queue-services.ts";
import { startServer } from "./server.ts";
import { createSettings, type Settings } from "./settings.ts";
import { createTimeScale, type TimeScale } from "./time.ts";
import { createTimer } from "./timer.ts";
import { sortTriggers, type Trigger } from "./triggers.ts";

export interface RunningHost {
  readonly url: string;
  /** Takes no new work, finishes what runs, runs the appTerminate hooks. */
  stop(): Promise<void>;
}

/**
 * Host and worker in one process: loads the app of this process and serves its triggers. Rejects, naming everything it
 * found, when host.json, a binding or a setting cannot be used; the real host would start and leave out the function.
 */
export async function runHost({ appRoot, port, timeScale, keys }: StartMessage, log: Log): Promise<RunningHost> {
  const config = readHostConfig(appRoot, process.env);
  const settings = createSettings(process.env);
  const time = createTimeScale(timeScale);
  const queueServices = createQueueServices(settings);
  const app = await loadApp(appRoot, log);
  const triggers = sortTriggers(app, settings);
  if (app.functions.size === 0) log({ level: "warning", category: "Host.Startup", message: "No job functions found." });

  const executor = createExecutor({
    app,
    log,
    writeOutputs: createOutputWriter({
      settings,
      queueServices,
      messageEncoding: config.queues.messageEncoding,
    }),
    timeoutMilliseconds: config.functionTimeoutMilliseconds,
  });
  const { routePrefix } = config;
  const timers = triggers.timerTrigger.map((trigger) => createTimer({ trigger, settings, executor, log }));
  const http = createHttpFunctions({ triggers: triggers.httpTrigger, routePrefix, keys, executor });
  const server = await startServer(
    port,
    [
      ["/admin/", createAdmin({ triggers, timers, keys, executor })],
      ["/runtime/webhooks/eventgrid", createEventGridWebhook({ triggers: triggers.eventGridTrigger, keys, executor })],
      ["", http],
    ],
    log,
  );
  const listen = { config, settings, queueServices, executor, time, log };
  const listeners: readonly Listener[] = [
    ...timers,
    ...(await Promise.all(triggers.queueTrigger.map((it) => startQueueListener(it, listen)))),
  ];
  for (const timer of timers) timer.start();

  return {
    url: server.url,
    stop: async () => {
      await Promise.all([server.close(), ...listeners.map((listener) => listener.stop())]);
      await executor.idle();
      await runHooks(app, "appTerminate", { hookData: app.appLevelHookData, appHookData: app.appHookData });
    },
  };
}

interface QueueSetup {
  readonly config: HostConfig;
  readonly settings: Settings;
  readonly queueServices: QueueServices;
  readonly executor: Executor;
  readonly time: TimeScale;
  readonly log: Log;
}

async function startQueueListener({ target, binding }: Trigger, setup: QueueSetup): Promise<Listener> {
  const { config, settings, queueServices, executor, time, log } = setup;
  const service = await queueServices(binding.connection);
  const queue = service.getQueueClient(settings.resolve(String(binding.queueName)));
  const poisonQueue = poisonQueueOf(service, queue.name);
  const options = config.queues;
  const process = createQueueProcessor({ queue, poisonQueue, options, target, executor, time, log });
  return listenToQueue({ functionName: target.metadata.name, queue, options, process, time, log });
}
