import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { openGroupSubscriptions } from "../../src/storage/group-subscriptions.ts";
import { type Setting, tableClient } from "./setting.ts";

export function groupSubscriptionsSuite(setting: () => Setting): void {
  describe("the subscriptions of management groups", () => {
    it("are kept for each group, whatever the casing of its name, the last ones only", async () => {
      const store = openGroupSubscriptions(setting().storage);
      const [group, other] = [`Mg_(1).a-${randomUUID()}`, `mg-${randomUUID()}`];
      const many = Array.from({ length: 10_000 }, () => randomUUID());
      await store.put(group, [randomUUID()]);
      await store.put(group.toUpperCase(), many);
      await store.put(other, []);
      const all = await store.all();
      expect(all.get(group.toLowerCase())).toEqual(many);
      expect(all.get(other)).toEqual([]);
    });

    it.each([
      ["no list", { subscriptionsParts: 1, subscriptions0: "{}" }],
      ["no GUIDs", { subscriptionsParts: 1, subscriptions0: '["production"]' }],
      ["no JSON", { subscriptionsParts: 1, subscriptions0: "[" }],
      ["nothing", {}],
    ])("are passed over where a row holds %s", async (_what, columns) => {
      const store = openGroupSubscriptions(setting().storage);
      const group = `mg-${randomUUID()}`;
      await store.put(group, [randomUUID()]);
      const rowKey = group;
      const row = { partitionKey: "managementGroup", rowKey, name: group, ...columns };
      await tableClient(setting(), "Sweeps").updateEntity(row, "Replace");
      expect((await store.all()).has(group)).toBe(false);
      await store.put(group, []);
      expect((await store.all()).get(group)).toEqual([]);
    });
  });
}
