import { describe, expect, test } from "vitest";

import { azureWrites } from "../../src/azure/azure.ts";
import { AzureFailure } from "../../src/core/failure.ts";
import {
  acceptance,
  adapters,
  armOf,
  attach,
  credentialOf,
  failureOf,
  grantTo,
  leaseOf,
  principalIn,
  remembered,
  sync,
  workspace,
  writesIn,
} from "./setting.ts";

const nothing = acceptance().note;

describe("a lost lease", () => {
  test("before the write: nothing is sent", async () => {
    const { azure, writes } = await adapters();
    const lease = leaseOf();
    lease.lose();
    expect((await failureOf(writes.attachRegistry(attach, lease, nothing))).kind).toBe("leaseLost");
    expect((await failureOf(writes.syncKeys(sync, lease, nothing))).kind).toBe("leaseLost");
    expect((await failureOf(writes.grantPull(grantTo(principalIn(azure)), lease))).kind).toBe("leaseLost");
    expect(azure.requests).toEqual([]);
  });

  test("that nobody was told of yet, because a timer is late: nothing is sent", async () => {
    const { azure, writes } = await adapters();
    const lost = (): never => {
      throw new AzureFailure({ kind: "leaseLost", message: "The lease ended." });
    };
    const lease = { ...leaseOf(), assertHeld: lost };
    expect((await failureOf(writes.attachRegistry(attach, lease, nothing))).kind).toBe("leaseLost");
    expect((await failureOf(writes.syncKeys(sync, lease, nothing))).kind).toBe("leaseLost");
    expect((await failureOf(writes.grantPull(grantTo(principalIn(azure)), lease))).kind).toBe("leaseLost");
    expect(azure.requests).toEqual([]);
  });

  test.each(["attach", "grant"])("while a token is fetched to %s: nothing is sent", async (how) => {
    const { azure, clock } = await adapters();
    const lease = leaseOf();
    const credential = credentialOf(azure);
    const slow = armOf(azure, clock, {
      getToken: (...asked) => {
        lease.lose();
        return credential.getToken(...asked);
      },
    });
    const writes = azureWrites(slow, clock, 20_000);
    const call =
      how === "attach"
        ? writes.attachRegistry(attach, lease, nothing)
        : writes.grantPull(grantTo(principalIn(azure)), lease);
    expect((await failureOf(call)).kind).toBe("leaseLost");
    expect(azure.requests).toEqual([]);
  });

  test("while waiting for the operation: nothing further is asked", async () => {
    const setting = await adapters(undefined, { attachSeconds: 60, retryAfterSeconds: 5 });
    const lease = leaseOf();
    setting.clock.onSleep = lease.lose;
    expect((await failureOf(setting.writes.attachRegistry(attach, lease, nothing))).kind).toBe("leaseLost");
    expect(setting.azure.requests).toHaveLength(1);
  });

  test("before an operation is resumed: nothing is asked", async () => {
    const setting = await adapters(undefined, { attachSeconds: 60, retryAfterSeconds: 15 });
    const running = remembered(await setting.writes.attachRegistry(attach, leaseOf(), nothing));
    const asked = setting.azure.requests.length;
    setting.clock.pass(60);
    const lease = leaseOf();
    lease.lose();
    expect((await failureOf(setting.writes.resume(running, workspace, lease))).kind).toBe("leaseLost");
    expect(setting.azure.requests).toHaveLength(asked);
  });

  test.each(["attach", "grant"])("while Azure answers to %s: whatever it answers, nobody hears it", async (how) => {
    const { azure, writes } = await adapters();
    const lease = leaseOf();
    azure.setFaults([{ match: {}, delayMs: 300 }]);
    const call =
      how === "attach"
        ? writes.attachRegistry(attach, lease, nothing)
        : writes.grantPull(grantTo(principalIn(azure)), lease);
    const ended = failureOf(call);
    while (writesIn(azure).length === 0) await new Promise(setImmediate);
    lease.lose();
    expect((await ended).kind).toBe("leaseLost");
    expect(azure.requests).toHaveLength(1);
  });
});
