import { describe, expect, test } from "vitest";

import { adapters, failureOf, leaseOf, registry, registryId, unaborted, workspace } from "./setting.ts";

const action = { kind: "EnableAdminUser", workspace, registry } as const;

describe("enabling a registry's admin user", () => {
  test("is one write that changes nothing else, and the registry shows it", async () => {
    const { azure, writes, reads, clock } = await adapters();
    await writes.enableAdminUser(action, leaseOf());
    const [sent, ...more] = azure.requests;
    expect(more).toEqual([]);
    expect(sent).toMatchObject({ method: "PATCH", body: { properties: { adminUserEnabled: true } } });
    expect(await reads.registry(registry, clock.now(), unaborted)).toMatchObject({ adminUserEnabled: true });
  });

  test("is not followed when it takes a while: the registry shows how far it is", async () => {
    const { azure, writes, reads, clock } = await adapters(undefined, { registrySeconds: 60 });
    await writes.enableAdminUser(action, leaseOf());
    expect(azure.requests).toHaveLength(1);
    expect(await reads.registry(registry, clock.now(), unaborted)).toMatchObject({ provisioningState: "Updating" });
    clock.pass(61);
    expect(await reads.registry(registry, clock.now(), unaborted)).toMatchObject({
      provisioningState: "Succeeded",
      adminUserEnabled: true,
    });
  });

  test("is a failure naming action and scope where it may not be done", async () => {
    const { azure, writes } = await adapters();
    const write = "Microsoft.ContainerRegistry/registries/write";
    azure.world.setPermissions([
      {
        scope: "/",
        actions: ["*"],
        notActions: [write],
      },
    ]);
    const failure = await failureOf(writes.enableAdminUser(action, leaseOf()));
    expect(failure).toMatchObject({ kind: "missingPermission", action: write, scope: registryId });
  });

  test("is not begun without the lease", async () => {
    const { azure, writes } = await adapters();
    const lease = leaseOf();
    lease.lose();
    expect((await failureOf(writes.enableAdminUser(action, lease))).kind).toBe("leaseLost");
    expect(azure.requests).toEqual([]);
  });
});
