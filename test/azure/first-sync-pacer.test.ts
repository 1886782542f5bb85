import { describe, expect, test } from "vitest";

import { firstSyncPacer } from "../../src/azure/first-sync-pacer.ts";
import { subscriptionId, VirtualClock } from "./setting.ts";

const other = "22222222-2222-4222-8222-222222222222";

function pacing(everyMs = 1_000) {
  const clock = new VirtualClock();
  const pacer = firstSyncPacer(clock, everyMs);
  const turns = (count: number, subscription = subscriptionId): readonly number[] =>
    Array.from({ length: count }, () => pacer.firstSync(subscription));
  return { clock, turns };
}

describe("first key syncs", () => {
  test("of ten workspaces go out at once, and those of others one a second after that", () => {
    expect(pacing().turns(13)).toEqual([...Array<number>(10).fill(0), 1_000, 2_000, 3_000]);
  });

  test("of one subscription are no reason for another to wait", () => {
    const { turns } = pacing();
    turns(100);
    expect(turns(1, other)).toEqual([0]);
  });

  test("share their turns however the subscription is spelled", () => {
    const { turns } = pacing();
    turns(10, "ABCDEF00-0000-4000-8000-000000000000");
    expect(turns(1, "abcdef00-0000-4000-8000-000000000000")).toEqual([1_000]);
  });

  test("that come one a second never wait", () => {
    const { clock, turns } = pacing();
    turns(10);
    for (let second = 0; second < 30; second += 1) {
      clock.pass(1);
      expect(turns(1)).toEqual([0]);
    }
  });

  test("of ten go out at once again after a pause", () => {
    const { clock, turns } = pacing();
    turns(50);
    clock.pass(3_600);
    expect(turns(11)).toEqual([...Array<number>(10).fill(0), 1_000]);
  });

  test("are as far apart as the settings say", () => {
    expect(pacing(20).turns(12).slice(10)).toEqual([20, 40]);
  });
});
