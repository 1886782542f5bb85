import { expect, it } from "vitest";
import type { RecordedEntry } from "../../src/storage/history.ts";
import { historyView } from "../../src/functions/workspace-view.ts";

const outcomeAt = Date.UTC(2026, 0, 15, 12);

function entry(phase: RecordedEntry["phase"], at: number): RecordedEntry {
  return { at, reconcileId: "r", phase, requests: [], requestCount: 0, planned: [], done: [], durationMs: 0 };
}

it("tells nothing of how a look ended before it tells its outcome, but what it set out to do", () => {
  const entries = [entry("ended", outcomeAt + 2), entry("planned", outcomeAt + 1), entry("ended", outcomeAt)];
  const told = historyView(entries, { outcomeAt });
  expect(told.map(({ phase, at }) => [phase, Date.parse(at) - outcomeAt])).toEqual([
    ["planned", 1],
    ["ended", 0],
  ]);
  expect(historyView(entries, {}).map(({ phase }) => phase)).toEqual(["planned"]);
});
