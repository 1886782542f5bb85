import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";

export interface PickyProxy {
  readonly url: string;
  /** Requests to such paths are refused for good, as for a missing role. */
  refused: RegExp | undefined;
  /** Whether the service is away altogether. */
  down: boolean;
  close(): Promise<void>;
}

/** A proxy in front of one service of Azurite. Shared-key signatures do not cover host and port, so they stay valid. */
export async function startPickyProxy(target: string): Promise<PickyProxy> {
  const { origin, pathname } = new URL(target);
  const server = createServer((request, response) => {
    const { method, headers, url = "" } = request;
    if (proxy.down) {
      request.socket.destroy();
      return;
    }
    if (proxy.refused?.test(decodeURIComponent(url)) === true) {
      request.resume();
      response.writeHead(403, { "x-ms-error-code": "AuthorizationPermissionMismatch" }).end();
      return;
    }
    const forwarded = send(`${origin}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: PickyProxy = {
    url: `http://127.0.0.1:${port}${pathname}`,
    refused: undefined,
    down: false,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
  return proxy;
}
