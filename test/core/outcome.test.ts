import { expect, it } from "vitest";
import { type Condition, conditionsFrom, type Finding } from "../../src/core/outcome.ts";

const finding: Finding = { type: "PullGranted", status: "False", reason: "NotGranted", message: "0 of 1" };
const before: readonly Condition[] = [{ ...finding, since: 100 }];

it("a condition keeps since when it holds, whatever its message says now", () => {
  const news = { ...finding, message: "0 of 2" };
  expect(conditionsFrom([news], before, 200)).toEqual([{ ...news, since: 100 }]);
});

it("a condition holds since now when its status or its reason changed", () => {
  for (const news of [
    { ...finding, status: "True" as const },
    { ...finding, reason: "IdentityNotReady" },
  ])
    expect(conditionsFrom([news], before, 200)).toEqual([{ ...news, since: 200 }]);
});

it("a condition is compared with the one of its own type", () => {
  const news = { ...finding, type: "KeysSynced" } as const;
  expect(conditionsFrom([news], before, 200)).toEqual([{ ...news, since: 200 }]);
});

it("a condition that is found no more is gone", () => {
  expect(conditionsFrom([], before, 200)).toEqual([]);
});
