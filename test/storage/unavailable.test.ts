import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { openStorage, type Storage, type StorageOptions } from "../../src/storage/connection.ts";
import { openInbox } from "../../src/storage/inbox.ts";
import { openRequestQueue } from "../../src/storage/request-queue.ts";
import { someWorkspace } from "./setting.ts";

const key = Buffer.from("a secret that nobody may read").toString("base64");

function storageAt(port: number, options?: StorageOptions): Storage {
  const endpoints = ["Table", "Queue"].map((service) => `${service}Endpoint=http://127.0.0.1:${port}/account`);
  const parts = ["DefaultEndpointsProtocol=http", "AccountName=account", `AccountKey=${key}`, ...endpoints];
  return openStorage({ kind: "connectionString", connectionString: parts.join(";") }, undefined, options);
}

/** What is thrown, as a careless logger would print it, and how long it took. */
async function failure(work: Promise<unknown>): Promise<{ text: string; name: string; elapsedMs: number }> {
  const start = performance.now();
  try {
    await work;
  } catch (error) {
    const { inspect } = await import("node:util");
    const name = error instanceof Error ? error.name : "";
    return { name, text: inspect(error, { depth: 10, showHidden: true }), elapsedMs: performance.now() - start };
  }
  throw new Error("It did not fail.");
}

const request = { id: "1", cause: "event", acceptedAt: 0 } as const;

describe("storage that is down", () => {
  it("fails within seconds, naming the endpoint and no key", async () => {
    const storage = storageAt(1);
    const queue = openRequestQueue(storage, { now: Date.now });
    const failures = await Promise.all([
      failure(storage.ensure()),
      failure(openInbox(storage).put(someWorkspace(), request)),
      failure(queue.send({ workspaceId: "w", requestId: "1" }, 0)),
      failure(queue.oldest()),
    ]);
    for (const { name, text, elapsedMs } of failures) {
      expect(name).toBe("StorageUnavailableError");
      expect(text).toContain("http://127.0.0.1:1/account");
      expect(text).toContain("ECONNREFUSED");
      expect(text).not.toContain(key);
      expect(text).not.toMatch(/SharedKey|Authorization/i);
      expect(elapsedMs).toBeLessThan(5000);
    }
  });

  it("fails at the deadline when it takes the call and never answers", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const { name, text, elapsedMs } = await failure(storageAt(port, { callDeadlineMs: 300 }).ensure());
    expect(name).toBe("StorageUnavailableError");
    expect(text).toContain(`did not answer within 300 ms at http://127.0.0.1:${port}/account`);
    expect(elapsedMs).toBeLessThan(3000);
    silent.close();
  });

  it("is asked again by the next call", async () => {
    const storage = storageAt(1);
    await failure(storage.ensure());
    expect((await failure(storage.ensure())).name).toBe("StorageUnavailableError");
  });
});

describe("opening storage", () => {
  const credential = { getToken: () => Promise.reject(new Error("not asked for")) };
  const uris = {
    tableServiceUri: "https://a.table.core.windows.net",
    queueServiceUri: "https://a.queue.core.windows.net",
  };

  it("with an identity sends nothing", () => {
    expect(() => openStorage({ kind: "identity", ...uris }, credential)).not.toThrow();
  });

  it("with an identity refuses http, by the name of the endpoint", () => {
    const settings = { kind: "identity", ...uris, queueServiceUri: "http://127.0.0.1:10001/account" } as const;
    expect(() => openStorage(settings, credential)).toThrow(/queue endpoint "http:.*is not an https URL/);
  });

  it("with an identity needs a credential", () => {
    expect(() => openStorage({ kind: "identity", ...uris })).toThrow(/needs a credential/);
  });
});
