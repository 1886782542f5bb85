import { CloudEvent } from "cloudevents";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cloudEventOf, jsonOf, longestEvent } from "../../src/notices/cloud-event.ts";
import { blockedNews, publishing, sweepNews, workspaceId } from "./samples.ts";

describe("news of a workspace", () => {
  test("is an event with what a person needs to act", () => {
    const event = cloudEventOf(blockedNews, publishing);
    expect(JSON.parse(jsonOf(event))).toEqual({
      specversion: "1.0",
      id: "5e1f0000-0000-4000-8000-00000000000a/WorkspaceBlocked",
      source: publishing.source,
      type: "AzureMLAcrRemediator.WorkspaceBlocked",
      subject: workspaceId,
      time: "2026-03-01T12:00:00.000Z",
      datacontenttype: "application/json",
      data: {
        workspaceId,
        outcome: "blocked",
        reason: "MissingPermission",
        message: "Our identity lacks a right.",
        done: ["attach contosoml"],
        doneBefore: 3,
        whatToDo:
          "Give the app's identity the action that the message names, at the scope that it names. See docs/operations.md#blocked-what-to-do.",
        portalUrl:
          "https://portal.azure.com/#@/resource/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/ml%20(dev)/providers/Microsoft.MachineLearningServices/workspaces/gr%C3%B6%C3%9Fe",
        reconcileId: "5e1f0000-0000-4000-8000-00000000000a",
        mode: "enforce",
      },
    });
  });

  test("has the same id each time, and another for other news of the same look", () => {
    const { id } = cloudEventOf(blockedNews, publishing);
    expect(cloudEventOf({ ...blockedNews }, publishing).id).toBe(id);
    const other = { ...blockedNews, kind: "AdminUserInUse", reason: "AdminUserInUse" } as const;
    expect(cloudEventOf(other, publishing).id).not.toBe(id);
  });
});

test("news of a sweep names no workspace", () => {
  const { id, subject, data } = cloudEventOf(sweepNews, publishing);
  expect([id, subject]).toEqual(["overdue since 2026-03-02T03:30:00.000Z/SweepOverdue", "sweeps"]);
  expect(Object.keys(data).sort()).toEqual(["message", "mode", "whatToDo"]);
});

describe("whatever the news holds", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.nat(60_000).map((length) => "\u0001".repeat(length)),
    fc.nat(60_000).map((length) => "界".repeat(length)),
    fc.constant("\ud800"),
  );
  const news = fc.record({ message: text, done: fc.array(text, { maxLength: 8 }) });

  test("the event is a CloudEvent of bounded length that keeps the latest of what was done", () => {
    fc.assert(
      fc.property(news, ({ message, done }) => {
        const event = cloudEventOf({ ...blockedNews, message, done, doneBefore: 3 }, publishing);
        const json = jsonOf(event);
        expect(Buffer.byteLength(json)).toBeLessThanOrEqual(longestEvent);
        expect(() => new CloudEvent(JSON.parse(json) as object, true)).not.toThrow();
        const { done: kept = [], doneBefore = 0 } = event.data;
        expect(kept).toEqual(done.slice(done.length - kept.length).map((one) => one.toWellFormed()));
        expect(kept.length + doneBefore).toBe(done.length + 3);
        // Of one that fits nothing is left out.
        const whole = Buffer.byteLength(JSON.stringify([message.toWellFormed(), ...done]));
        if (whole < longestEvent / 2)
          expect([event.data.message, kept.length]).toEqual([message.toWellFormed(), done.length]);
      }),
    );
  });
});
