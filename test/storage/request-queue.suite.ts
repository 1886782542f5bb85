import { QueueClient } from "@azure/storage-queue";
import { afterEach, describe, expect, it } from "vitest";
import type { Message } from "../../src/core/ports.ts";
import type { Storage } from "../../src/storage/connection.ts";
import { openRequestQueue, type StorageRequestQueue } from "../../src/storage/request-queue.ts";
import type { Setting } from "./setting.ts";

// Ahead of the service's own clock, so that a message tells when it was due by its own words.
const now = Date.UTC(2100, 0, 15, 12);
const look: Message = { workspaceId: "/subscriptions/é", requestId: "1" };
const messages: readonly Message[] = [
  look,
  {
    fanOut: { index: "registry", scope: { subscriptionId: "s", resourceGroup: "g", name: "r" }, after: "a" },
    request: { id: "2", cause: "event", acceptedAt: 1, fresh: true, rotated: { of: "registry", at: 2 } },
  },
  { sweep: "2026-01-15T03" },
];

export function requestQueueSuite(setting: () => Setting): void {
  const client = (): QueueClient => new QueueClient(setting().connectionString, "requests");
  const queueAt = (time: number): StorageRequestQueue => openRequestQueue(setting().storage, { now: () => time });
  const received = async (): Promise<unknown[]> => {
    const { receivedMessageItems } = await client().receiveMessages({ numberOfMessages: 32 });
    const texts = receivedMessageItems.map(({ messageText }) => Buffer.from(messageText, "base64").toString("utf8"));
    return texts.map((text) => JSON.parse(text) as unknown);
  };

  describe("the queue of requests", () => {
    afterEach(async () => {
      await client().clearMessages();
    });

    it("carries every kind of message as base64 of UTF-8 JSON, as the Functions host expects by default", async () => {
      for (const message of messages) await queueAt(now).send(message, 0);
      const dueAt = "2100-01-15T12:00:00.000Z";
      expect(await received()).toEqual(messages.map((message) => ({ ...message, dueAt })));
    });

    it("keeps a message for ever", async () => {
      await queueAt(now).send(look, 0);
      const { receivedMessageItems } = await client().receiveMessages();
      expect(receivedMessageItems[0]?.expiresOn.getUTCFullYear()).toBeGreaterThan(2100);
    });

    it("keeps a delayed message out of sight, though it is there", async () => {
      await queueAt(now).send(look, 60_000);
      expect(await received()).toEqual([]);
      expect(await queueAt(now).oldest()).toBeUndefined();
      expect((await client().getProperties()).approximateMessagesCount).toBe(1);
    });

    it.each([
      [0, 0],
      [-5, 0],
      [1, 1],
      [1000, 1],
      [10_001, 11],
      [30 * 24 * 3_600_000, 604_800],
    ])("makes of a delay of %d ms %d s, and says when they end", async (delayMs, seconds) => {
      const sent: unknown[] = [];
      const send = (text: string, delaySeconds: number): Promise<void> => {
        const { dueAt } = JSON.parse(Buffer.from(text, "base64").toString("utf8")) as { dueAt: string };
        sent.push({ delaySeconds, dueAt });
        return setting().storage.send(text, delaySeconds); // the service takes it
      };
      const storage: Storage = { ...setting().storage, send };
      await openRequestQueue(storage, { now: () => now }).send({ workspaceId: "w", requestId: "r" }, delayMs);
      expect(sent).toEqual([{ delaySeconds: seconds, dueAt: new Date(now + seconds * 1000).toISOString() }]);
    });
  });

  describe("the oldest message", () => {
    afterEach(async () => {
      await client().clearMessages();
    });

    it("is the one that was due first, and stays where it is", async () => {
      for (const time of [now + 2000, now, now + 1000]) await queueAt(time).send(look, 0);
      expect(await queueAt(now).oldest()).toBe(now);
      expect(await queueAt(now).oldest()).toBe(now);
      expect(await received()).toHaveLength(3);
      expect(await queueAt(now).oldest()).toBeUndefined(); // somebody is at work on all of them
    });

    it("of none is none", async () => {
      expect(await queueAt(now).oldest()).toBeUndefined();
    });

    it.each([
      ["is no base64 of JSON", "look at everything!"],
      ["is not an object", base64("null")],
      ["says nothing of when it was due", base64(JSON.stringify(look))],
      ["was due at no time", base64(JSON.stringify({ ...look, dueAt: "soon" }))],
      ["was due before somebody put it back", base64(JSON.stringify({ ...look, dueAt: "2001-01-01T00:00:00Z" }))],
    ])("that %s waits since it was put", async (_what, text) => {
      await client().sendMessage(text);
      const [peeked] = (await client().peekMessages()).peekedMessageItems;
      await queueAt(now).send(look, 0);
      expect(await queueAt(now).oldest()).toBe(peeked?.insertedOn.getTime());
    });
  });
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
