import { type ProxyFault, type ProxyRequest, startProxy } from "../../local/chaos/proxy.ts";

export interface StorageProxy {
  readonly url: string;
  /** What becomes of the next requests: `dropAnswer` lets one write through to the service and cuts the way back. */
  mode: "pass" | "cut" | "dropAnswer" | "unavailable";
  /** How many more requests meet the fault before all pass again. */
  left: number;
  /** How many requests met a fault of the mode. */
  faults: number;
  /** Requests to such paths are refused for good, as for a missing role. */
  refused: RegExp | undefined;
  close(): Promise<void>;
}

/** A proxy in front of one service of Azurite. Shared-key signatures do not cover host and port, so they stay valid. */
export async function startStorageProxy(target: string): Promise<StorageProxy> {
  const { origin, pathname } = new URL(target);
  const faultFor = ({ method, path }: ProxyRequest): ProxyFault | undefined => {
    const { mode, refused } = proxy;
    if (refused?.test(decodeURIComponent(path)) === true) return { status: 403 };
    if (mode === "pass" || (mode === "dropAnswer" && method === "GET")) return undefined;
    proxy.faults += 1;
    proxy.left -= 1;
    if (proxy.left === 0 || mode === "dropAnswer") proxy.mode = "pass";
    if (mode === "unavailable") return { status: 503 };
    return { cut: mode === "cut" ? "before" : "after" };
  };
  const server = await startProxy({ target: () => origin, faultFor });
  const proxy: StorageProxy = {
    url: `${server.origin}${pathname}`,
    mode: "pass",
    left: Infinity,
    faults: 0,
    refused: undefined,
    close: () => server.close(),
  };
  return proxy;
}
