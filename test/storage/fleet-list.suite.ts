import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { formatId, type WorkspaceId } from "../../src/core/arm-id.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { type FleetFilter, type FleetPosition, listFleet, type ListedWorkspace } from "../../src/storage/fleet-list.ts";
import { FakeTime } from "./fake-time.ts";
import { acquired, type Setting, someMemory, someWorkspace, startProcess, tableClient } from "./setting.ts";

export function fleetListSuite(setting: () => Setting): void {
  describe("a list of the fleet", () => {
    const [first, second, foreign] = [randomUUID(), randomUUID(), randomUUID()];
    const registryId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/Contoso";
    /** Lately: what is gone for long is another suite's. */
    const startedAt = Date.now();
    const cast: [WorkspaceId, Outcome | undefined][] = [
      ...Array.from({ length: 7 }, (): [WorkspaceId, Outcome] => [someWorkspace(first), { kind: "compliant" }]),
      [someWorkspace(second), { kind: "blocked", reason: "AuditMode", message: "m", retryAt: 1 }],
      [someWorkspace(second), { kind: "blocked", reason: "NoIdentity", message: "m", retryAt: 1 }],
      [someWorkspace(second), undefined],
      [someWorkspace(second), { kind: "gone" }],
      [someWorkspace(foreign), { kind: "compliant" }],
    ];
    const idsOf = (...kinds: readonly (Outcome["kind"] | undefined)[]): string[] =>
      cast
        .filter(([{ subscriptionId }, outcome]) => subscriptionId !== foreign && kinds.includes(outcome?.kind))
        .map(([id]) => formatId(id))
        .sort();

    beforeAll(async () => {
      const process = startProcess(setting().storage, new FakeTime());
      for (const [workspace, outcome] of cast) {
        const lease = await acquired(process, workspace);
        const more =
          outcome === undefined ? {} : { outcome, startedAt, nextLookAt: 2, seen: { registryId, principals: [] } };
        if (outcome !== undefined) await process.memory.save(workspace, someMemory(workspace, more));
        await lease.release();
      }
    });

    const whole = async (filter: FleetFilter, limit: number, subscriptions = [second.toUpperCase(), first]) => {
      const pages: (readonly ListedWorkspace[])[] = [];
      let after: FleetPosition | undefined;
      do {
        const page = await listFleet(setting().storage, subscriptions, filter, limit, after);
        expect(page.workspaces.length).toBeLessThanOrEqual(limit);
        pages.push(page.workspaces);
        after = page.after;
      } while (after !== undefined);
      const all = pages.flat().map(({ workspaceId }) => workspaceId);
      expect(new Set(all).size).toBe(all.length);
      return all.sort();
    };

    it.each([1, 3, 7, 1_000])("has each workspace of the subscriptions once, %i to a page", async (limit) => {
      expect(await whole({}, limit)).toEqual(idsOf("compliant", "blocked", undefined));
      expect(await whole({ search: "WS-" }, limit)).toEqual(idsOf("compliant", "blocked", undefined));
    });

    it("tells of each what it was found as, and when it is looked at", async () => {
      const { workspaces } = await listFleet(setting().storage, [second], { reason: "NoIdentity" }, 10);
      expect(workspaces).toEqual([
        {
          workspaceId: formatId(cast[8]?.[0] as WorkspaceId),
          outcome: "blocked",
          reason: "NoIdentity",
          registryId,
          lookedAt: startedAt,
          nextLookAt: 2,
        },
      ]);
    });

    it("is filtered by outcome, reason, registry, a part of the id, and all of them", async () => {
      expect(await whole({ outcome: "blocked" }, 2)).toEqual(idsOf("blocked"));
      expect(await whole({ outcome: "" }, 2)).toEqual(idsOf(undefined));
      expect(await whole({ outcome: "gone" }, 2)).toEqual(idsOf("gone"));
      expect(await whole({ reason: "AuditMode" }, 2)).toHaveLength(1);
      expect(await whole({ registry: "contoso" }, 2)).toEqual(idsOf("compliant", "blocked"));
      expect(await whole({ registry: registryId.toUpperCase() }, 2)).toEqual(idsOf("compliant", "blocked"));
      expect(await whole({ registry: "conto" }, 2)).toEqual([]);
      const [one = ""] = idsOf("compliant");
      expect(await whole({ search: one.split("/").at(-1) ?? "" }, 2)).toEqual([one]);
      expect(await whole({ search: one, outcome: "blocked" }, 2)).toEqual([]);
    });

    it("goes past rows that cannot be read", async () => {
      const partitionKey = randomUUID();
      const readable = someWorkspace(partitionKey);
      const table = tableClient(setting(), "Workspaces");
      for (const rowKey of ["!1", "!2", "!3"])
        await table.createEntity({ partitionKey, rowKey, workspaceId: "nothing", outcome: "compliant" });
      await table.createEntity({ partitionKey, rowKey: "0", workspaceId: formatId(readable), outcome: "compliant" });
      expect(await whole({}, 2, [partitionKey])).toEqual([formatId(readable)]);
    });

    it("holds no row that is none of a workspace", async () => {
      expect(await whole({}, 1_000, [foreign])).toHaveLength(1);
      expect(await whole({}, 1_000, [])).toEqual([]);
    });
  });
}
