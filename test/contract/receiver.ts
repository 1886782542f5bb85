import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

import { onTestFinished } from "vitest";

export interface Received {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface Receiver {
  readonly endpoint: string;
  /** Everything that came, handshakes included. */
  readonly received: Received[];
  /** What events are answered with, one after the other; then 202. */
  readonly statuses: number[];
  /** The bodies of the events, without the handshakes. */
  events(): unknown[];
  agrees: boolean;
}

/**
 * A destination for events that agrees to the handshakes of both schemas, as the Functions host does.
 * @param whenOver told how to stop it; by default it is stopped with the test
 */
export async function receiverOf(whenOver: (stop: () => void) => void = onTestFinished): Promise<Receiver> {
  const received: Received[] = [];
  const statuses: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      received.push({ method: request.method ?? "", headers: request.headers, body });
      if (!receiver.agrees) {
        response.writeHead(404).end();
      } else if (request.method === "OPTIONS") {
        response.writeHead(200, { "webhook-allowed-origin": request.headers["webhook-request-origin"] }).end();
      } else if (request.headers["aeg-event-type"] === "SubscriptionValidation") {
        const [event] = body as [{ data: { validationCode: string } }];
        response.end(JSON.stringify({ validationResponse: event.data.validationCode }));
      } else {
        response.writeHead(statuses.shift() ?? 202).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  whenOver(() => {
    server.closeAllConnections();
    server.close();
  });
  const receiver: Receiver = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    received,
    statuses,
    events: () =>
      received
        .filter(({ headers }) => headers["aeg-event-type"] === "Notification")
        .flatMap(({ body }): unknown[] => (Array.isArray(body) ? body : [body])),
    agrees: true,
  };
  return receiver;
}
