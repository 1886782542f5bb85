/**
 * `/runtime/webhooks/eventgrid?functionName=…`: facts from Azure/azure-sdk-for-net, Microsoft.Azure.WebJobs.Extensions.EventGrid
 * (TriggerBinding/HttpRequestProcessor.cs, Config/EventGridExtensionConfigProvider.cs) and the host's HostController.
 */
import type { RegisteredFunction } from "./app.ts";
import type { Executor, FunctionResult, Call } from "./executor.ts";
import { keyLevel, refusal, type HostKeys } from "./keys.ts";
import type { Exchange, Handler } from "./server.ts";
import type { Trigger } from "./triggers.ts";

export interface EventGridOptions {
  readonly triggers: readonly Trigger[];
  readonly keys: HostKeys;
  readonly executor: Executor;
}

const verbs: readonly string[] = ["GET", "PUT", "POST", "DELETE", "OPTIONS"];

/** Origins that the CloudEvents handshake lets in; any other is answered with the first. */
const publicOrigin = "eventgrid.azure.net";
const origins: readonly string[] = [
  publicOrigin,
  "eventgrid.azure.us",
  "eventgrid.azure.eaglex.ic.gov",
  "eventgrid.azure.microsoft.scloud",
  "eventgrid.azure.cn",
];

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** By the header `aeg-event-type`, lower-cased; any other value, or none, is 400. What throws here becomes 500. */
const byEventType: Readonly<
  Record<string, (body: unknown, target: RegisteredFunction, executor: Executor) => Answer | Promise<Answer>>
> = {
  subscriptionvalidation: (body) => ({
    status: 200,
    body: JSON.stringify({ validationResponse: validationCode(body) }),
  }),
  notification: notify,
  unsubscribe: () => ({ status: 202 }),
};

export function createEventGridWebhook({ triggers, keys, executor }: EventGridOptions): Handler {
  const targets = new Map(triggers.map(({ target }) => [target.metadata.name, target]));

  async function answer({ request, url, readBody }: Exchange): Promise<Answer> {
    if (!verbs.includes(request.method ?? "")) return { status: 405 };
    const refused = refusal("host endpoint", "system", keyLevel(keys, request.headers, url.searchParams));
    if (refused !== undefined) return { status: refused };
    const name = url.searchParams.get("functionName") ?? "";
    const target = targets.get(name);
    if (target === undefined) return { status: 404, body: `cannot find function: '${name}'` };
    if (request.method === "OPTIONS") {
      const origin = request.headers["webhook-request-origin"];
      return { status: 200, headers: { "Webhook-Allowed-Origin": allowedOrigin(origin) } };
    }
    const eventType = request.headers["aeg-event-type"];
    const process = byEventType[typeof eventType === "string" ? eventType.toLowerCase() : ""];
    if (process === undefined) return { status: 400 };
    return process(JSON.parse((await readBody()).toString("utf8")), target, executor);
  }

  return async (exchange) => {
    const { status, headers, body } = await answer(exchange);
    const contentType = body === undefined ? {} : { "content-type": "text/plain; charset=utf-8" };
    exchange.response.writeHead(status, { ...contentType, ...headers }).end(body);
  };
}

function allowedOrigin(requested: string | string[] | undefined): string {
  return origins.find((origin) => origin === requested) ?? publicOrigin;
}

/** The code of a validation event; as a CloudEvent its `data` is JSON inside a string. */
function validationCode(body: unknown): string {
  const event: unknown = Array.isArray(body) ? body[0] : body;
  const data = member(event, "data");
  return String(member(typeof data === "string" ? JSON.parse(data) : data, "validationCode"));
}

/** Throws when there is no such member. */
function member(value: unknown, name: string): unknown {
  if (typeof value === "object" && value !== null && name in value) return (value as Record<string, unknown>)[name];
  throw new Error(`The validation event has no ${name}.`);
}

/** All events run at the same time; one failure fails the delivery, so that Event Grid sends all of them again. */
async function notify(body: unknown, target: RegisteredFunction, executor: Executor): Promise<Answer> {
  if (typeof body !== "object" || body === null) throw new Error("The content must be a JSON object or array.");
  const events: unknown[] = Array.isArray(body) ? body : [body];
  const results = await Promise.all(events.map((event) => dispatch(event, target, executor)));
  const failed = results.find((result) => !result.succeeded);
  return failed === undefined ? { status: 202 } : { status: 500, body: failed.message };
}

async function dispatch(event: unknown, target: RegisteredFunction, executor: Executor): Promise<FunctionResult> {
  const call = eventGridCall(event, `EventGrid trigger fired at ${new Date().toISOString()}`);
  if (call !== undefined) return executor.execute(target, call);
  return { succeeded: false, message: `Exception while executing function: Functions.${target.metadata.name}` };
}

/** How one event reaches the worker; undefined for what is no JSON object, which cannot be bound. */
export function eventGridCall(event: unknown, reason: string): Call | undefined {
  if (typeof event !== "object" || event === null || Array.isArray(event)) return undefined;
  const data = "data" in event ? event.data : null;
  const metadata = data === null ? {} : { data: { json: JSON.stringify(data) } };
  return { reason, data: { json: JSON.stringify(event) }, metadata };
}
