/** The host's own endpoints under `/admin`, master key only (HostController.cs, FunctionsController.cs). */
import type { Call, Executor } from "./executor.ts";
import { eventGridCall } from "./event-grid.ts";
import { keyLevel, refusal, type HostKeys } from "./keys.ts";
import { queueCall, unqueuedMessage } from "./queue-message.ts";
import type { Exchange, Handler } from "./server.ts";
import type { Timer } from "./timer.ts";
import type { Triggers, TriggerType } from "./triggers.ts";
import type { RegisteredFunction } from "./app.ts";

export interface AdminOptions {
  readonly triggers: Triggers;
  readonly timers: readonly Timer[];
  readonly keys: HostKeys;
  readonly executor: Executor;
}

const reason = "This function was programmatically called via the host APIs.";

export function createAdmin({ triggers, timers, keys, executor }: AdminOptions): Handler {
  /** How the input of a manual call becomes a trigger value; undefined when it cannot. */
  const toCall: Readonly<Record<TriggerType, (name: string, input: string) => Call | undefined>> = {
    timerTrigger: (name) => timers.find(({ functionName }) => functionName === name)?.call(),
    queueTrigger: (_name, input) => queueCall(input, unqueuedMessage(new Date()), reason),
    eventGridTrigger: (_name, input) => eventGridCall(JSON.parse(input), reason),
    httpTrigger: () => undefined,
  };

  function find(name: string): { target: RegisteredFunction; type: TriggerType } | undefined {
    for (const type of Object.keys(toCall) as TriggerType[]) {
      const found = triggers[type].find(({ target }) => target.metadata.name.toLowerCase() === name.toLowerCase());
      if (found) return { target: found.target, type };
    }
    return undefined;
  }

  /** Starts the function and answers 202 at once, whatever becomes of it. */
  async function run(name: string, { request, response, readBody }: Exchange): Promise<void> {
    if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
      response.writeHead(415).end();
      return;
    }
    const invocation = parseInvocation((await readBody()).toString("utf8"));
    if (invocation === undefined) {
      response.writeHead(400).end();
      return;
    }
    const found = find(name);
    if (found === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { target, type } = found;
    const call = toCall[type](target.metadata.name, invocation.input);
    if (call === undefined) {
      response.writeHead(501).end(`Calling this ${type} function by hand is not modelled.`);
      return;
    }
    void executor.execute(target, call);
    response.writeHead(202).end();
  }

  return async (exchange) => {
    const { request, response, url } = exchange;
    const refused = refusal("host endpoint", "admin", keyLevel(keys, request.headers, url.searchParams));
    if (refused !== undefined) {
      response.writeHead(refused).end();
      return;
    }
    const [, functionName] = /^\/admin\/functions\/([^/]+)$/i.exec(url.pathname) ?? [];
    if (request.method === "GET" && url.pathname.toLowerCase() === "/admin/host/status") {
      const status = { state: "Running", version: "4.1037.0", processUptime: Math.round(process.uptime() * 1000) };
      response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(status));
    } else if (request.method === "POST" && functionName !== undefined) {
      await run(decodeURIComponent(functionName), exchange);
    } else {
      response.writeHead(404).end();
    }
  };
}

/** `{"input": "…"}`, the input optional; undefined for anything that is no JSON object. */
function parseInvocation(body: string): { input: string } | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
    const input = "input" in parsed ? parsed.input : "";
    return typeof input === "string" ? { input } : undefined;
  } catch {
    return undefined;
  }
}
