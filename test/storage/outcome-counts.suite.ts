import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WorkspaceId } from "../../src/core/arm-id.ts";
import { countedAs, type Outcome } from "../../src/core/outcome.ts";
import { outcomeCounts } from "../../src/storage/outcome-counts.ts";
import type { Storage } from "../../src/storage/connection.ts";
import { FakeTime } from "./fake-time.ts";
import { acquired, behindProxy, type Setting, someMemory, someWorkspace, startProcess } from "./setting.ts";

const compliant: Outcome = { kind: "compliant" };
const blocked: Outcome = { kind: "blocked", reason: "AuditMode", message: "m", retryAt: 1 };
const waiting: Outcome = { kind: "waiting", reason: "IdentityNotReady", message: "m", retryAt: 1 };
const gone: Outcome = { kind: "gone" };

/** Remembers the outcome as a process does that looked at the workspace. */
async function looked(storage: Storage, workspace: WorkspaceId, ...outcomes: readonly Outcome[]): Promise<void> {
  const process = startProcess(storage, new FakeTime());
  const lease = await acquired(process, workspace);
  for (const outcome of outcomes) await process.memory.save(workspace, someMemory(workspace, { outcome }));
  await lease.release();
}

export function outcomeCountsSuite(setting: () => Setting): void {
  describe("the counts of outcomes", () => {
    const countsOf = async (subscriptionId: string): Promise<Record<string, number>> =>
      Object.fromEntries(await outcomeCounts(setting().storage, subscriptionId));

    it("hold each workspace once, as what it was found last, and none that is gone or was never looked at", async () => {
      const subscriptionId = randomUUID();
      const [one, two, three, never] = [1, 2, 3, 4].map(() => someWorkspace(subscriptionId)) as [
        WorkspaceId,
        WorkspaceId,
        WorkspaceId,
        WorkspaceId,
      ];
      const { storage } = setting();
      await acquired(startProcess(storage, new FakeTime()), never);
      expect(await countsOf(subscriptionId)).toEqual({});
      await looked(storage, one, waiting, blocked);
      await looked(storage, two, blocked, blocked);
      await looked(storage, three, compliant);
      expect(await countsOf(subscriptionId.toUpperCase())).toEqual({ "blocked:AuditMode": 2, compliant: 1 });
      await looked(storage, two, compliant, gone);
      await looked(storage, one, compliant);
      expect(await countsOf(subscriptionId)).toEqual({ compliant: 2 });
    });

    it("are right however many processes finish at once", async () => {
      const subscriptionId = randomUUID();
      const workspaces = Array.from({ length: 60 }, () => someWorkspace(subscriptionId));
      await Promise.all(workspaces.map((workspace) => looked(setting().storage, workspace, waiting, compliant)));
      expect(await countsOf(subscriptionId)).toEqual({ compliant: 60 });
    });

    it("are right whatever answers are lost", async () => {
      const { proxy, storage } = await behindProxy(setting());
      try {
        const outcome = fc.constantFrom(compliant, blocked, waiting, gone);
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.record({ outcome, fault: fc.constantFrom("pass", "unavailable", "dropAnswer") }), {
              minLength: 1,
              maxLength: 6,
            }),
            async (steps) => {
              const workspace = someWorkspace();
              const process = startProcess(storage, new FakeTime());
              await acquired(process, workspace);
              for (const { outcome, fault } of steps) {
                Object.assign(proxy, { mode: fault, left: 1 });
                await process.memory.save(workspace, someMemory(workspace, { outcome }));
              }
              proxy.mode = "pass";
              const counted = countedAs(steps.at(-1)?.outcome);
              expect(await countsOf(workspace.subscriptionId)).toEqual(counted === "" ? {} : { [counted]: 1 });
            },
          ),
          { numRuns: 8 },
        );
      } finally {
        await proxy.close();
      }
    });
  });
}
