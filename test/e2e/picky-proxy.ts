import { startProxy } from "../../local/chaos/proxy.ts";

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
  const server = await startProxy({
    target: () => origin,
    faultFor: ({ path }) => {
      if (proxy.down) return { cut: "before" };
      return proxy.refused?.test(decodeURIComponent(path)) === true ? { status: 403 } : undefined;
    },
  });
  const proxy: PickyProxy = {
    url: `${server.origin}${pathname}`,
    refused: undefined,
    down: false,
    close: () => server.close(),
  };
  return proxy;
}
