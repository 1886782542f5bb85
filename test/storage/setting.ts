import { TableClient } from "@azure/data-tables";
import { randomUUID } from "node:crypto";
import { beforeAll } from "vitest";
import { formatId, type WorkspaceId, workspaceId } from "../../src/core/arm-id.ts";
import type { Memory } from "../../src/core/memory.ts";
import type { MemoryStore } from "../../src/core/ports.ts";
import { openStorage, type Storage, type TableName } from "../../src/storage/connection.ts";
import { openLeases, type TableLeases, type TableLease } from "../../src/storage/lease.ts";
import { openMemory } from "../../src/storage/memory-store.ts";
import { StateRows } from "../../src/storage/state-row.ts";
import { storageAccount } from "../support/storage-account.ts";
import { startStorageProxy, type StorageProxy } from "../support/storage-proxy.ts";
import type { FakeTime } from "./fake-time.ts";

/** What the suites run against; the connection string reads the same account past the code under test. */
export interface Setting {
  readonly storage: Storage;
  readonly connectionString: string;
}

/** A storage account for all tests of a file; to be called once, outside of tests. */
export function useSetting(): () => Setting {
  let setting: Setting | undefined;
  beforeAll(async () => {
    const { connectionString } = await storageAccount();
    setting = { connectionString, storage: openStorage({ kind: "connectionString", connectionString }) };
    await setting.storage.ensure();
  });
  return () => {
    if (setting === undefined) throw new Error("There is a storage account only while tests run.");
    return setting;
  };
}

/** A table as the service has it, past the code under test. */
export function tableClient({ connectionString }: Setting, name: TableName): TableClient {
  return TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection: true });
}

/** The same tables, with a proxy on the way to them that can lose requests and answers. */
export async function behindProxy({ connectionString }: Setting): Promise<{ proxy: StorageProxy; storage: Storage }> {
  const tables = /TableEndpoint=([^;]+)/.exec(connectionString)?.[1] ?? "";
  const proxy = await startStorageProxy(tables);
  const proxied = connectionString.replace(tables, proxy.url);
  return { proxy, storage: openStorage({ kind: "connectionString", connectionString: proxied }) };
}

/** Tests share the tables and keep out of each other's way by never meeting a workspace. */
export function someWorkspace(subscriptionId: string = randomUUID()): WorkspaceId {
  return workspaceId(subscriptionId, "rg-Some", `ws-${randomUUID().slice(0, 8)}`);
}

export function someMemory(workspace: WorkspaceId, more: Partial<Memory> = {}): Memory {
  return { workspaceId: formatId(workspace), conditions: [], syncOwed: false, ...more };
}

/** One process of the app, as far as leases and memory go. */
export interface Process {
  readonly leases: TableLeases;
  readonly memory: MemoryStore;
}

export function startProcess(storage: Storage, time: FakeTime): Process {
  const rows = new StateRows(storage);
  return { leases: openLeases(rows, { clock: time, after: time.after }), memory: openMemory(rows) };
}

export async function acquired({ leases }: Process, workspace: WorkspaceId): Promise<TableLease> {
  const lease = await leases.acquire(workspace);
  if (lease === undefined) throw new Error("The lease was expected to be free.");
  return lease;
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
