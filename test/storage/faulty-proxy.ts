import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";

export interface FaultyProxy {
  readonly url: string;
  /** What becomes of the next requests: `dropAnswer` lets one write through to the service and cuts the way back. */
  mode: "pass" | "cut" | "dropAnswer" | "unavailable";
  /** How many more requests meet the fault before all pass again. */
  left: number;
  /** How many requests met a fault. */
  faults: number;
  close(): void;
}

/** A proxy in front of one service of Azurite. Shared-key signatures do not cover host and port, so they stay valid. */
export async function startProxy(target: string): Promise<FaultyProxy> {
  const { origin, pathname } = new URL(target);
  const server = createServer((request, response) => {
    const mode = request.method === "GET" && proxy.mode === "dropAnswer" ? "pass" : proxy.mode;
    if (mode !== "pass") {
      proxy.faults += 1;
      proxy.left -= 1;
      if (proxy.left === 0) proxy.mode = "pass";
    }
    if (mode === "cut") return void request.socket.destroy();
    if (mode === "unavailable") return void response.writeHead(503).end();
    const { method, headers, url = "" } = request;
    const forwarded = send(`${origin}${url}`, { method, headers }, (answer) => {
      if (mode === "dropAnswer") {
        proxy.mode = "pass";
        request.socket.destroy();
        answer.resume();
        return;
      }
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${port}${pathname}`,
    mode: "pass",
    left: Infinity,
    faults: 0,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return proxy;
}
