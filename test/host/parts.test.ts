import { expect, test } from "vitest";
import { dotNetTime } from "../../local/host/time.ts";
import { parseTimeSpan } from "../../local/host/time-span.ts";
import { createPollingDelay } from "../../local/host/polling-delay.ts";
import { poisonQueueOf } from "../../local/host/queue-processor.ts";
import { QueueServiceClient } from "@azure/storage-queue";

test.each([
  ["00:00:02", 2000],
  ["00:00:00.100", 100],
  ["01:30", 90 * 60_000],
  ["2.00:00:00", 2 * 24 * 3_600_000],
  ["24:00:00", undefined],
  ["90", undefined],
  ["", undefined],
])("time span %s", (text, milliseconds) => {
  expect(parseTimeSpan(text)).toBe(milliseconds);
});

test("polling backs off exponentially to its maximum, and starts over when something was found", () => {
  const next = createPollingDelay(100, 1000, () => 0.5);
  expect([false, false, false, false, false, false, true, false].map(next)).toEqual([
    100, 200, 300, 500, 900, 1000, 100, 200,
  ]);
});

test("a queue has a poison queue unless it is one or its name is too long", () => {
  const service = new QueueServiceClient("http://127.0.0.1:1/account");
  expect(poisonQueueOf(service, "work")?.name).toBe("work-poison");
  expect(poisonQueueOf(service, "work-poison")).toBeUndefined();
  expect(poisonQueueOf(service, "w".repeat(57))).toBeUndefined();
});

test("times are written as .NET writes them", () => {
  expect(dotNetTime(new Date(0))).toBe("1970-01-01T00:00:00+00:00");
  expect(dotNetTime(new Date(1))).toBe("1970-01-01T00:00:00.001+00:00");
});
