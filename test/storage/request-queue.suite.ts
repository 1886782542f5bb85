import { QueueClient } from "@azure/storage-queue";
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import type { Storage } from "../../src/storage/connection.ts";
import { openRequestQueue } from "../../src/storage/request-queue.ts";
import type { Setting } from "./setting.ts";

export function requestQueueSuite(setting: () => Setting): void {
  const client = (): QueueClient => new QueueClient(setting().connectionString, "requests");
  const send = (delayMs: number, requestId: string = randomUUID()): Promise<void> =>
    openRequestQueue(setting().storage).send({ workspaceId: "/subscriptions/é", requestId }, delayMs);

  describe("the queue of requests", () => {
    afterEach(async () => {
      await client().clearMessages();
    });

    it("carries base64 of UTF-8 JSON, as the Functions host expects by default", async () => {
      await send(0, "1");
      const { receivedMessageItems } = await client().receiveMessages();
      const texts = receivedMessageItems.map(({ messageText }) => Buffer.from(messageText, "base64").toString("utf8"));
      expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual([
        { workspaceId: "/subscriptions/é", requestId: "1" },
      ]);
    });

    it("keeps a message for ever", async () => {
      await send(0);
      const { receivedMessageItems } = await client().receiveMessages();
      expect(receivedMessageItems[0]?.expiresOn.getUTCFullYear()).toBeGreaterThan(2100);
    });

    it("keeps a delayed message out of sight, though it is there", async () => {
      await send(60_000);
      expect((await client().receiveMessages()).receivedMessageItems).toEqual([]);
      expect((await client().getProperties()).approximateMessagesCount).toBe(1);
    });

    it.each([
      [0, 0],
      [-5, 0],
      [1, 1],
      [1000, 1],
      [10_001, 11],
      [30 * 24 * 3_600_000, 604_800],
    ])("makes of a delay of %d ms %d s", async (delayMs, seconds) => {
      const delays: number[] = [];
      const send = (_text: string, delaySeconds: number): Promise<void> => {
        delays.push(delaySeconds);
        return setting().storage.send(_text, delaySeconds); // the service takes it
      };
      const storage: Storage = { ...setting().storage, send };
      await openRequestQueue(storage).send({ workspaceId: "w", requestId: "r" }, delayMs);
      expect(delays).toEqual([seconds]);
    });
  });
}
