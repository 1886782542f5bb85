import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Log } from "./log.ts";

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly readBody: () => Promise<Buffer>;
}

export type Handler = (exchange: Exchange) => Promise<void>;

export interface HttpServer {
  readonly url: string;
  /** Takes no new connection, and resolves when every request under way has its answer. */
  close(): Promise<void>;
}

/** Path prefixes, tried in this order; the empty one takes the rest. */
export type HandlerTable = readonly (readonly [prefix: string, handler: Handler])[];

/** Listens on loopback. What a handler throws is logged and answered 500 with an empty body. */
export async function startServer(port: number, table: HandlerTable, log: Log): Promise<HttpServer> {
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? "/", "http://localhost");
      const path = url.pathname.toLowerCase();
      const entry = table.find(([prefix]) => path.startsWith(prefix));
      await entry?.[1]({ request, response, url, readBody: () => readAll(request) });
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log({ level: "error", category: "Host.Http", message });
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
  }

  const answering = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    answering.add(response);
    response.once("close", () => answering.delete(response));
    void handle(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        // Without this a client that keeps its connection would hold up the end for seconds.
        for (const response of answering) if (!response.headersSent) response.setHeader("connection", "close");
      }),
  };
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
