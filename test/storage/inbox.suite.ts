import { TableClient, type TableEntity } from "@azure/data-tables";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Inbox, Request } from "../../src/core/ports.ts";
import { openInbox } from "../../src/storage/inbox.ts";
import { workspaceHash } from "../../src/storage/keys.ts";
import { type Setting, someWorkspace } from "./setting.ts";

export function inboxSuite(setting: () => Setting): void {
  const inbox = (): Inbox => openInbox(setting().storage);
  const some = (id: string, more: Partial<Request> = {}): Request => ({ id, cause: "event", acceptedAt: 1, ...more });

  describe("the inbox", () => {
    it("keeps a request as it came, and tells the oldest first", async () => {
      const workspace = someWorkspace();
      const evidence = { operation: "write", actor: "somebody", eventId: "e", eventTime: "t" };
      const [late, early] = [some("late", { acceptedAt: 2, evidence }), some("early", { cause: "http" })];
      await inbox().put(workspace, late);
      await inbox().put(workspace, early);
      expect(await inbox().list(workspace)).toEqual([early, late]);
      expect(await inbox().list(someWorkspace())).toEqual([]);
    });

    it("keeps what a request says about its event, each of it or none", async () => {
      const workspace = someWorkspace();
      // The compiler asks for a field that core adds.
      const everything: Required<Request> = {
        ...some("everything"),
        evidence: { operation: "write", actor: "somebody", eventId: "e", eventTime: "t" },
        changedAt: 1_768_478_400_123,
        dueAt: 1_768_478_400_124,
        fresh: true,
        list: true,
        confirm: true,
        exempt: { until: 2, reason: "r" },
        rotated: { of: "registry", at: 1 },
      };
      const requests: readonly Request[] = [
        some("1", { fresh: true }),
        some("2", { confirm: true }),
        some("3", { rotated: { of: "registry", at: 1_768_478_400_000 } }),
        some("4", { fresh: true, confirm: true, rotated: { of: "storageAccount", at: 0 } }),
        some("5", { fresh: false, confirm: false }),
        some("6", { exempt: "lifted" }),
        everything,
      ];
      for (const request of requests) await inbox().put(workspace, request);
      expect(await inbox().list(workspace)).toEqual([...requests.slice(0, 4), some("5"), ...requests.slice(5)]);
    });

    it("reads a rotation without a time as one when it was accepted, and leaves out what it cannot read", async () => {
      const workspace = someWorkspace();
      const row = (id: string): TableEntity => {
        return { partitionKey: workspaceHash(workspace), rowKey: id, requestId: `"${id}"` };
      };
      const acceptedAt = "2026-01-15T12:00:00.000Z";
      const known = { cause: "event", acceptedAt, rotatedKeys: "registry", rotatedAt: "yesterday" };
      const strange = {
        cause: "event",
        acceptedAt,
        fresh: "yes",
        confirm: 1,
        rotatedKeys: "vault",
        rotatedAt: acceptedAt,
      };
      const at = Date.parse(acceptedAt);
      await inboxTable(setting()).createEntity({ ...row("1"), ...known });
      await inboxTable(setting()).createEntity({ ...row("2"), ...strange });
      expect(await inbox().list(workspace)).toEqual([
        some("1", { acceptedAt: at, rotated: { of: "registry", at } }),
        some("2", { acceptedAt: at }),
      ]);
    });

    it("keeps the first of two deliveries, also when they arrive together", async () => {
      const workspace = someWorkspace();
      await inbox().put(workspace, some("1"));
      await Promise.all([2, 3, 4].map((acceptedAt) => inbox().put(workspace, some("1", { acceptedAt }))));
      expect(await inbox().list(workspace)).toEqual([some("1")]);
    });

    it("forgets 120 requests at once, among them some that are not there", async () => {
      const workspace = someWorkspace();
      const ids = Array.from({ length: 120 }, (_, index) => `request-${index}`);
      await Promise.all(ids.slice(0, 110).map((id) => inbox().put(workspace, some(id))));
      await inbox().put(workspace, some("other"));
      await inbox().remove(workspace, [...ids, "request-1"]);
      expect(await inbox().list(workspace)).toEqual([some("other")]);
      await inbox().remove(workspace, ids);
      await inbox().remove(workspace, []);
    });

    it("lists more requests than the service answers at once", async () => {
      const workspace = someWorkspace();
      const client = inboxTable(setting());
      const rows = Array.from({ length: 1050 }, (_, index) => ({
        partitionKey: workspaceHash(workspace),
        rowKey: `r${index}`,
        requestId: `"r${index}"`,
      }));
      for (let at = 0; at < rows.length; at += 100)
        await client.submitTransaction(rows.slice(at, at + 100).map((row) => ["create", row]));
      expect(await inbox().list(workspace)).toHaveLength(1050);
    });

    it("takes ids of any characters and lengths", async () => {
      const id = fc.oneof(
        fc.string({ unit: "binary" }),
        fc.string({ unit: fc.constantFrom("/", "\\", "#", "?", "'", "%", "\u0001", "\u0085", "\ud800") }),
        fc.string({ minLength: 300, maxLength: 2000 }),
      );
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(id, { minLength: 1, maxLength: 3 }), async (ids) => {
          const workspace = someWorkspace();
          await Promise.all(ids.map((id) => inbox().put(workspace, some(id))));
          expect((await inbox().list(workspace)).map(({ id }) => id).sort()).toEqual([...ids].sort());
          const [first = ""] = ids;
          expect(await inbox().has(workspace, first)).toBe(true);
          await inbox().remove(workspace, ids);
          expect(await inbox().has(workspace, first)).toBe(false);
        }),
        { numRuns: 12 },
      );
    });

    it("still lists, and forgets, a request whose row it reads only in part", async () => {
      const workspace = someWorkspace();
      const row = { partitionKey: workspaceHash(workspace), rowKey: "new", requestId: '"new"', version: 2 };
      await inboxTable(setting()).createEntity({ ...row, cause: "telepathy", acceptedAt: "soon", evidence: "{" });
      await inbox().put(workspace, some("old"));
      const listed = await inbox().list(workspace);
      expect(listed).toEqual([some("old"), { id: "new", cause: "event", acceptedAt: expect.any(Number) as number }]);
      expect(Math.abs((listed[1]?.acceptedAt ?? 0) - Date.now())).toBeLessThan(60_000);
      await inbox().remove(workspace, ["new"]);
      expect(await inbox().has(workspace, "new")).toBe(false);
    });

    it("neither lists nor touches a row without an id", async () => {
      const workspace = someWorkspace();
      const row = { partitionKey: workspaceHash(workspace), rowKey: "strange" };
      await inboxTable(setting()).createEntity({ ...row, requestId: "not JSON" });
      expect(await inbox().list(workspace)).toEqual([]);
      expect(await inbox().has(workspace, "strange")).toBe(true);
    });

    it("clips evidence that no column could hold", async () => {
      const workspace = someWorkspace();
      await inbox().put(workspace, some("1", { evidence: { actor: "a".repeat(100_000) } }));
      expect((await inbox().list(workspace))[0]?.evidence).toEqual({ actor: "a".repeat(1000) });
    });
  });
}

function inboxTable({ connectionString }: Setting): TableClient {
  return TableClient.fromConnectionString(connectionString, "Inbox", { allowInsecureConnection: true });
}
