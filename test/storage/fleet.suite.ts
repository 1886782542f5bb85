import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { formatId } from "../../src/core/arm-id.ts";
import { openFleet } from "../../src/storage/fleet.ts";
import { openInbox } from "../../src/storage/inbox.ts";
import { FakeTime } from "./fake-time.ts";
import { acquired, all, type Setting, someMemory, someWorkspace, startProcess } from "./setting.ts";

export function fleetSuite(setting: () => Setting): void {
  describe("requests that nobody came for", () => {
    it("are told of by the id of their workspace, each once, but for what is scheduled or young", async () => {
      const { storage } = setting();
      const inbox = openInbox(storage);
      const [one, other] = [someWorkspace(), someWorkspace()];
      await inbox.put(one, { id: "old", cause: "event", acceptedAt: 1_000 });
      await inbox.put(one, { id: "older", cause: "http", acceptedAt: 500 });
      await inbox.put(one, { id: "scheduled", cause: "scheduled", acceptedAt: 1_000 });
      await inbox.put(other, { id: "young", cause: "http", acceptedAt: 3_000 });
      const told = await all(openFleet(storage).unanswered(2_000));
      expect(told.filter((id) => [one, other].some((workspace) => formatId(workspace) === id))).toEqual([
        formatId(one),
      ]);
    });

    it("and so are the roles by which somebody was proved to hold the right", async () => {
      const { storage } = setting();
      const process = startProcess(storage, new FakeTime());
      const subscriptionId = randomUUID();
      const [proved, plain] = [someWorkspace(subscriptionId), someWorkspace(subscriptionId)];
      const role = randomUUID();
      const children = { listedAt: 0, of: [], principals: [] };
      const mode = "LegacyRegistryPermissions";
      for (const [workspace, proofs] of [
        [proved, [{ principalId: "p", assignmentId: "/a", roleId: role }]],
        [plain, []],
      ] as const) {
        await acquired(process, workspace);
        await process.memory.save(
          workspace,
          someMemory(workspace, { children, proved: { registryId: "r", mode, proofs } }),
        );
      }
      expect(await all(openFleet(storage).provingRoles(subscriptionId))).toEqual([role]);
      const known = await all(openFleet(storage).of(subscriptionId));
      expect(known.map(({ baseline }) => baseline?.proved.proofs.length).sort()).toEqual([0, 1]);
    });
  });

  describe("the remembered fleet", () => {
    it("holds every workspace of the subscription that is not gone, page after page", async () => {
      const { storage } = setting();
      const process = startProcess(storage, new FakeTime());
      const subscriptionId = randomUUID();
      const [kept, leased, gone, doubtful] = [1, 2, 3, 4].map(() => someWorkspace(subscriptionId));
      if (kept === undefined || leased === undefined || gone === undefined || doubtful === undefined) throw new Error();
      for (const workspace of [kept, leased, gone, doubtful, someWorkspace()]) await acquired(process, workspace);
      await process.memory.save(kept, someMemory(kept, { outcome: { kind: "compliant" } }));
      await process.memory.save(gone, someMemory(gone, { outcome: { kind: "gone" } }));
      // A look is to come that makes sure of it.
      await process.memory.save(doubtful, someMemory(doubtful, { outcome: { kind: "gone" }, nextLookAt: 1 }));
      const known = await all(openFleet(storage).of(subscriptionId.toUpperCase()));
      expect(known.map(({ workspaceId }) => workspaceId).sort()).toEqual(
        [kept, leased, doubtful].map((workspace) => someMemory(workspace).workspaceId).sort(),
      );
    });
  });
}
