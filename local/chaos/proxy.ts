import { Agent, createServer, type IncomingMessage, request as send, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { listen, stop } from "../azure/http.ts";

/** A request on its way through a proxy. */
export interface ProxyRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
}

export interface ProxyAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What the client meets instead of the answer: a status, a connection cut before or after the effect, a delay before it. */
export interface ProxyFault {
  readonly status?: number;
  readonly cut?: "before" | "after";
  readonly delayMs?: number;
}

export interface ProxyOptions {
  /** Where a request goes, as an origin; without one it is answered 502. Asked for each. */
  readonly target: () => string | undefined;
  readonly faultFor?: (request: ProxyRequest) => ProxyFault | undefined;
  /** Told before a request goes on; when it answers false, the request goes nowhere and the connection is cut. */
  readonly onRequest?: (request: ProxyRequest) => boolean;
  /** Told of every answer of the target, also of one that a fault keeps from the client. */
  readonly onAnswer?: (request: ProxyRequest, answer: ProxyAnswer) => void;
}

export interface Proxy {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  close(): Promise<void>;
}

/** Headers that belong to one connection and not to what it carries. */
const ofTheConnection = new Set(["connection", "keep-alive", "transfer-encoding"]);

/** Stands between clients and an HTTP server, on the loopback address, and may come between them. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    pass(options, agent, incoming, outgoing).catch(() => {
      // Nobody is there, or somebody went away in the middle.
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(502).end();
    });
  });
  const port = await listen(server, 0);
  return {
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      await stop(server);
      agent.destroy();
    },
  };
}

async function pass(
  { target, faultFor, onRequest, onAnswer }: ProxyOptions,
  agent: Agent,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const sent = await bodyOf(incoming);
  const request = { method: incoming.method ?? "GET", path: incoming.url ?? "/", body: sent.toString() };
  if (onRequest?.(request) === false) return void incoming.socket.destroy();
  const { status, cut, delayMs } = faultFor?.(request) ?? {};
  if (status !== undefined) return void outgoing.writeHead(status).end();
  if (cut === "before") return void incoming.socket.destroy();
  if (delayMs !== undefined) await sleep(delayMs, undefined, { ref: false });

  const origin = target();
  if (origin === undefined) return void outgoing.writeHead(502).end();
  const answer = await forward(origin, agent, incoming, sent);
  const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !ofTheConnection.has(name)));
  onAnswer?.(request, { status: answer.status, headers, body: answer.body.toString() });
  if (cut !== undefined) return void incoming.socket.destroy();
  outgoing.writeHead(answer.status, headers).end(answer.body);
}

async function forward(
  origin: string,
  agent: Agent,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<{ readonly status: number; readonly headers: IncomingMessage["headers"]; readonly body: Buffer }> {
  const kept = Object.entries(headers).filter(([name]) => !ofTheConnection.has(name));
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = send(`${origin}${url ?? "/"}`, { method, headers: Object.fromEntries(kept), agent }, resolve);
    request.once("error", reject);
    request.end(body);
  });
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await bodyOf(answer) };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
