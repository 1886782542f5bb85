/** The app as the end-to-end tests meet it: the bundle in the host stand-in, between Azurite and the stand-in for Azure. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll } from "vitest";
import { type Azure, type AzureOptions, startAzure } from "../../local/azure/index.ts";
import { withDocumentedRights } from "../../local/documented-rights.ts";
import type { Host } from "../../local/host/index.ts";
import { type Stack, type StackOptions, startStack } from "../../local/stack.ts";
import { until } from "../../local/until.ts";
import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import { workspacePath } from "../../src/functions/workspace-route.ts";
import { storageAccount } from "../support/storage-account.ts";

/** The state of a workspace as `GET /api/workspaces/…` answers it. */
export interface State {
  readonly id: string;
  readonly outcome: string;
  readonly reason?: string;
  readonly message?: string;
  readonly done?: readonly string[];
  readonly operation?: string;
  readonly retryAt?: string;
  readonly nextLookAt?: string;
  readonly warnings?: readonly { readonly reason: string }[];
  readonly principals?: readonly { readonly label: string; readonly canPull: boolean; readonly how: string }[];
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  readonly history: readonly {
    readonly phase: string;
    readonly planned: readonly string[];
    readonly done: readonly string[];
    readonly outcome?: { readonly kind: string; readonly reason?: string };
    readonly requests: readonly { readonly cause: string; readonly evidence?: Readonly<Record<string, string>> }[];
  }[];
}

/** What HTTP answers when something is wrong (RFC 9457). */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body's JSON; `undefined` for an empty body. */
  readonly body: unknown;
}

interface Closeable {
  close(): Promise<void>;
}

/** Gives a function to hand parts to that are to be stopped when the file's tests are over, the last one first. */
export function stoppedAtTheEnd(): <Part extends Closeable>(part: Part) => Part {
  const parts: Closeable[] = [];
  afterAll(async () => {
    for (const part of parts.splice(0).reverse()) await part.close();
  });
  return (part) => {
    parts.push(part);
    return part;
  };
}

/** With `npm run test:rights` the app may do what the documented roles permit, otherwise everything; a fixture may say something else. */
function withRights(azure: AzureOptions, settings: Readonly<Record<string, string>>): AzureOptions {
  return process.env["DOCUMENTED_RIGHTS"] === "1" ? withDocumentedRights(azure, settings) : azure;
}

/** The stand-in for Azure of a stack that is put together by hand, for an app with these settings. */
export function startAzureFor(settings: Readonly<Record<string, string>>, options: AzureOptions): Promise<Azure> {
  return startAzure(withRights(options, settings));
}

/** One stack for all tests of a file. Its parts may be used from within tests and hooks only. */
export function useStack(options: StackOptions): Stack {
  const keep = stoppedAtTheEnd();
  let stack: Stack | undefined;
  beforeAll(async () => {
    const azure = withRights(options.azure ?? {}, options.settings);
    stack = keep(await startStack({ ...options, azure, azurite: await storageAccount() }));
  });
  const running = (): Stack => {
    if (stack === undefined) throw new Error("The stack is used before the tests began.");
    return stack;
  };
  return {
    get azurite() {
      return running().azurite;
    },
    get azure() {
      return running().azure;
    },
    get host() {
      return running().host;
    },
    get settings() {
      return running().settings;
    },
    close: () => running().close(),
  };
}

/** Everything that the app answered to this file's tests: headers and body. */
export const answered: string[] = [];

async function answerOf(response: Response): Promise<{ status: number; headers: Headers; text: string }> {
  const text = await response.text();
  answered.push(JSON.stringify([...response.headers]), text);
  return { status: response.status, headers: response.headers, text };
}

/** Where an app answers over HTTP, and with which key. */
export type Caller = Pick<Host, "url" | "functionKey">;

/** Calls the app over HTTP, by default with its key. @param sent the body, as it is */
export async function call(
  host: Caller,
  method: string,
  path: string,
  headers: Record<string, string> = { "x-functions-key": host.functionKey },
  sent?: string,
): Promise<Answer> {
  const body = sent === undefined ? {} : { body: sent };
  const answer = await answerOf(await fetch(`${host.url}${path}`, { method, headers, ...body }));
  return { ...answer, body: answer.text === "" ? undefined : JSON.parse(answer.text) };
}

/** The path of a workspace in the app's HTTP API. */
export function pathOf(workspaceId: string): string {
  return `/api/${workspacePath(parseWorkspaceId(workspaceId))}`;
}

export async function remediate(host: Caller, workspaceId: string, query = "wait=30"): Promise<Answer> {
  return call(host, "POST", `${pathOf(workspaceId)}/remediate?${query}`);
}

export async function stateOf(host: Caller, workspaceId: string): Promise<State | undefined> {
  const { status, body } = await call(host, "GET", pathOf(workspaceId));
  return status === 200 ? (body as State) : undefined;
}

/** The state of a workspace once a look has ended and it waits no longer. */
export async function settled(host: Caller, workspaceId: string): Promise<State> {
  return until(`${workspaceId} to be settled`, async () => {
    const state = await stateOf(host, workspaceId);
    return state !== undefined && !["unknown", "waiting"].includes(state.outcome) && state;
  });
}

/** Hands a body to the webhook as Event Grid does. */
export async function deliver(
  host: Host,
  body: unknown,
  eventType = "Notification",
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(host.eventGridUrl("events"), {
    method: "POST",
    headers: { "aeg-event-type": eventType, "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return answerOf(response);
}

/**
 * Delivers again what a busy machine did not take in time, ten seconds later, as Event Grid does
 * (https://learn.microsoft.com/azure/event-grid/delivery-and-retry): sooner it would but add to the load.
 * @returns how many deliveries it took
 */
export async function deliverUntilTaken(host: Host, events: readonly unknown[]): Promise<number> {
  for (let deliveries = 1; ; deliveries += 1) {
    const answer = await deliver(host, events).catch(() => undefined); // the connection broke
    if (answer?.status === 202) return deliveries;
    await sleep(10_000);
  }
}

/** What the app wrote for one workspace, e.g. `PATCH workspaces`, `PUT roleAssignments`, `POST resyncKeys`, in the order of the alphabet. */
export function writesFor(azure: Azure, workspaceId: string): string[] {
  return azure.requests
    .filter((request) => request.isSelf && request.isWrite && request.workspaceIds.includes(workspaceId.toLowerCase()))
    .map(({ method, path }) => `${method} ${path.split("/").at(method === "POST" ? -1 : -2) ?? ""}`)
    .sort();
}

/** Everything that a workspace without registry and right needs, each exactly once. */
export const wholeRemediation = ["PATCH workspaces", "POST resyncKeys", "PUT roleAssignments"];

/** How many writes of whatever kind the app has sent to ARM. */
export function allWrites(azure: Azure): number {
  return azure.summary().writes;
}

/** How many looks at a workspace have ended, as the log of a host tells. */
export function looksAt(host: Host, workspaceId: string): number {
  const beginning = `${workspaceId.toLowerCase()}: {`;
  return host
    .logs()
    .filter(({ category }) => category === "Function.requests.User")
    .filter(({ message }) => message.toLowerCase().startsWith(beginning) && message.includes("[reconcile ")).length;
}

/** Resolves when a look at the workspace has ended that is not among the first `before`. */
export async function lookedAgain(host: Host, workspaceId: string, before: number): Promise<void> {
  await until(`another look at ${workspaceId}`, () => looksAt(host, workspaceId) > before);
}

/** Starts a function as an operator does, through the host's admin endpoint. */
export async function run(host: Host, functionName: string, input = ""): Promise<void> {
  const response = await fetch(`${host.url}/admin/functions/${functionName}`, {
    method: "POST",
    headers: { "x-functions-key": host.masterKey, "content-type": "application/json" },
    body: JSON.stringify({ input }),
  });
  if (response.status !== 202) throw new Error(`${functionName} could not be started: ${response.status}`);
}

/** The object id of a workspace's system-assigned identity. */
export function principalOf(azure: Azure, workspaceId: string): string {
  return azure.world.get(workspaceId)?.identity?.principalId ?? "";
}
