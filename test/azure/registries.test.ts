import { describe, expect, test } from "vitest";

import { parseRegistryId } from "../../src/core/arm-id.ts";
import { adapters, failureOf, registry, registryId, type Setting, storage, storageId, unaborted } from "./setting.ts";

const reading = ({ azure }: Setting): number => azure.requests.length;

describe("a registry", () => {
  test.each([
    ["LegacyRegistryPermissions", "LegacyRegistryPermissions"],
    ["AbacRepositoryPermissions", "AbacRepositoryPermissions"],
    [undefined, "LegacyRegistryPermissions"],
  ])("whose mode Azure calls %s reads roles as %s", async (roleAssignmentMode, mode) => {
    const { reads } = await adapters({
      resources: [{ id: registryId, properties: { roleAssignmentMode, adminUserEnabled: true } }],
    });
    expect(await reads.registry(registry, 0, unaborted)).toEqual({
      kind: "found",
      id: registry,
      provisioningState: "Succeeded",
      mode,
      adminUserEnabled: true,
      loginServer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
    });
  });

  test("that is being made or failed says so", async () => {
    const { reads } = await adapters({
      resources: [{ id: registryId, properties: { provisioningState: "Failed" } }],
    });
    expect(await reads.registry(registry, 0, unaborted)).toMatchObject({
      provisioningState: "Failed",
      adminUserEnabled: false,
    });
  });

  test("that does not exist is missing, and so is one without its group", async () => {
    const { reads } = await adapters();
    const absent = parseRegistryId(`${registryId}-absent`);
    expect(await reads.registry(absent, 0, unaborted)).toEqual({ kind: "missing", id: absent });
    const groupless = parseRegistryId(registryId.replace("/ml/", "/none/"));
    expect(await reads.registry(groupless, 0, unaborted)).toEqual({ kind: "missing", id: groupless });
  });

  test("that may not be read is a failure naming action and scope", async () => {
    const { reads, azure } = await adapters();
    azure.world.setPermissions([]);
    const failure = await failureOf(reads.registry(registry, 0, unaborted));
    expect(failure).toMatchObject({
      kind: "missingPermission",
      action: "Microsoft.ContainerRegistry/registries/read",
      scope: registryId,
    });
    expect(failure.message).toContain(
      `our identity lacks Microsoft.ContainerRegistry/registries/read at ${registryId}`,
    );
  });
});

describe("what is known of a registry", () => {
  test("is used for five minutes, under any casing of its id, and then read again", async () => {
    const setting = await adapters();
    const { reads, clock, azure } = setting;
    await reads.registry(registry, 0, unaborted);
    azure.world.patch(registryId, { properties: { adminUserEnabled: true } });
    clock.pass(299);
    const shouted = parseRegistryId(registryId.toUpperCase());
    expect(await reads.registry(shouted, 0, unaborted)).toMatchObject({ adminUserEnabled: false });
    expect(reading(setting)).toBe(1);
    clock.pass(2);
    expect(await reads.registry(registry, 0, unaborted)).toMatchObject({ adminUserEnabled: true });
    expect(reading(setting)).toBe(2);
  });

  test("is not used by whoever needs it fresher than it is", async () => {
    const setting = await adapters();
    const { reads, clock } = setting;
    const readAt = clock.now();
    await reads.registry(registry, 0, unaborted);
    clock.pass(10);
    await reads.registry(registry, readAt, unaborted);
    expect(reading(setting)).toBe(1);
    await reads.registry(registry, readAt + 1, unaborted);
    expect(reading(setting)).toBe(2);
  });

  test("is not that it is missing: it may appear at any moment", async () => {
    const { reads, azure } = await adapters({ resources: [{ id: storageId }] });
    expect(await reads.registry(registry, 0, unaborted)).toMatchObject({ kind: "missing" });
    azure.world.put({ id: registryId });
    expect(await reads.registry(registry, 0, unaborted)).toMatchObject({ kind: "found" });
  });

  test("is forgotten when a fresh read does not find it", async () => {
    const { reads, azure, clock } = await adapters();
    await reads.registry(registry, 0, unaborted);
    azure.world.delete(registryId);
    clock.pass(1);
    expect(await reads.registry(registry, clock.now(), unaborted)).toMatchObject({ kind: "missing" });
    expect(await reads.registry(registry, 0, unaborted)).toMatchObject({ kind: "missing" });
  });

  test("is not that it could not be read", async () => {
    const { reads, azure } = await adapters();
    azure.setFaults([{ match: {}, times: 1, respond: { status: 403, code: "AuthorizationFailed" } }]);
    await failureOf(reads.registry(registry, 0, unaborted));
    expect(await reads.registry(registry, 0, unaborted)).toMatchObject({ kind: "found" });
  });
});

describe("the key times of a storage account", () => {
  test("are the same text until a key is rotated, and name no key", async () => {
    const { reads, azure, clock } = await adapters();
    const before = await reads.storageKeyTimes(storage, 0, unaborted);
    expect(before).toBe(JSON.stringify([Date.UTC(2026, 2, 1, 12), Date.UTC(2026, 2, 1, 12)]));
    clock.pass(60);
    expect(await reads.storageKeyTimes(storage, clock.now(), unaborted)).toBe(before);
    azure.world.rotateStorageKey(storageId, "key2");
    clock.pass(1);
    expect(await reads.storageKeyTimes(storage, clock.now(), unaborted)).toBe(
      JSON.stringify([Date.UTC(2026, 2, 1, 12), Date.UTC(2026, 2, 1, 12, 1)]),
    );
  });

  test("are used for minutes, unless they are needed fresher", async () => {
    const setting = await adapters();
    const { reads, clock } = setting;
    await reads.storageKeyTimes(storage, 0, unaborted);
    clock.pass(60);
    await reads.storageKeyTimes(storage, 0, unaborted);
    expect(reading(setting)).toBe(1);
    await reads.storageKeyTimes(storage, clock.now(), unaborted);
    expect(reading(setting)).toBe(2);
  });

  test("of an account that is gone are undefined", async () => {
    const { reads } = await adapters({ resources: [{ id: registryId }] });
    expect(await reads.storageKeyTimes(storage, 0, unaborted)).toBeUndefined();
  });

  test("of an account that shows none are the same text every time", async () => {
    const { reads } = await adapters({ resources: [{ id: storageId, properties: { keyCreationTime: null } }] });
    expect(await reads.storageKeyTimes(storage, 0, unaborted)).toBe("[null,null]");
  });

  test("that may not be read are a failure naming action and scope", async () => {
    const { reads, azure } = await adapters();
    azure.world.setPermissions([]);
    const failure = await failureOf(reads.storageKeyTimes(storage, 0, unaborted));
    expect(failure).toMatchObject({ kind: "missingPermission", code: "AuthorizationFailed" });
    expect(failure.message).toContain(
      `Could not read the storage account data: our identity lacks Microsoft.Storage/storageAccounts/read at ${storageId}`,
    );
  });

  test("are throttled as told, and read again after a hiccup", async () => {
    const { reads, azure } = await adapters();
    azure.setFaults([{ match: {}, times: 1, respond: { status: 502, code: "BadGateway" } }]);
    expect(await reads.storageKeyTimes(storage, 0, unaborted)).toMatch(/^\[\d+,\d+\]$/);
    azure.setFaults([
      { match: {}, respond: { status: 429, code: "TooManyRequests", headers: { "retry-after": "7" } } },
    ]);
    const sent = azure.requests.length;
    const failure = await failureOf(reads.storageKeyTimes(storage, Infinity, unaborted));
    expect(failure).toMatchObject({ kind: "throttled", retryAfterMs: 7_000 });
    expect(azure.requests).toHaveLength(sent + 1);
  });

  test("in an answer that is no JSON are a failure, not an exception of another kind", async () => {
    const { reads, azure } = await adapters();
    azure.setFaults([{ match: {}, respond: { status: 200 } }]);
    expect((await failureOf(reads.storageKeyTimes(storage, 0, unaborted))).kind).toBe("bug");
  });
});
