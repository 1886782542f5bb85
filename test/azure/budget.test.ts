import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Budget, limits } from "../../src/azure/budget.ts";
import { VirtualClock } from "./setting.ts";

const kinds = ["reads", "writes", "deletes"] as const;

/** Sends until one is sent away; answers how many went out and how long the others are to wait. */
function sendAll(budget: Budget, asked: number): { readonly sent: number; readonly waits: readonly number[] } {
  const waits = Array.from({ length: asked }, () => budget.take());
  return { sent: waits.filter((ms) => ms === 0).length, waits: waits.filter((ms) => ms > 0) };
}

describe("a budget", () => {
  test.each([
    ["reads", 200],
    ["writes", 160],
    ["deletes", 160],
  ] as const)("of %s leaves a fifth of what Azure allows at once to others", (kind, most) => {
    expect(sendAll(new Budget(limits[kind], new VirtualClock()), 300).sent).toBe(most);
  });

  test("gives each one that it sends away a turn of its own, from when there is room", () => {
    const { waits } = sendAll(new Budget(limits.reads, new VirtualClock()), 204);
    expect(waits).toEqual([280, 520, 760, 1_000]);
  });

  test("lets who comes at their turn do a whole look", () => {
    const clock = new VirtualClock();
    const budget = new Budget(limits.reads, clock);
    const [, second = 0] = sendAll(budget, 202).waits;
    clock.pass(second / 1_000);
    expect(sendAll(budget, 12).sent).toBe(12);
  });

  test("fills again as Azure's bucket does, and no further", () => {
    const clock = new VirtualClock();
    const budget = new Budget(limits.writes, clock);
    sendAll(budget, 300);
    clock.pass(5);
    expect(sendAll(budget, 300).sent).toBe(50);
    clock.pass(3_600);
    expect(sendAll(budget, 300).sent).toBe(160);
  });

  test("believes Azure when others have used more of it", () => {
    const budget = new Budget(limits.reads, new VirtualClock());
    budget.take();
    budget.answered(60);
    expect(sendAll(budget, 300).sent).toBe(10);
  });

  test("believes Azure when more is left than was thought, but for what it may not have counted yet", () => {
    const budget = new Budget(limits.reads, new VirtualClock());
    sendAll(budget, 200);
    budget.answered(249);
    expect(sendAll(budget, 300).sent).toBe(0);
    for (let answers = 0; answers < 199; answers += 1) budget.answered(undefined);
    budget.take();
    budget.answered(120);
    expect(sendAll(budget, 300).sent).toBe(70);
  });

  test("takes no count of another scheme for more than Azure's bucket holds", () => {
    const budget = new Budget(limits.writes, new VirtualClock());
    budget.take();
    budget.answered(1_199);
    expect(sendAll(budget, 300).sent).toBe(160);
  });

  test("that Azure refused sends nothing for as long as it says, and then not all at once", () => {
    const clock = new VirtualClock();
    const budget = new Budget(limits.reads, clock);
    budget.take();
    budget.refused(undefined, 17_000);
    expect(sendAll(budget, 3).waits).toEqual([17_240, 17_480, 17_720]);
    clock.pass(16.999);
    expect(sendAll(budget, 1).sent).toBe(0);
    clock.pass(0.001);
    expect(sendAll(budget, 400).sent).toBe(200);
  });

  test("that Azure refused without a word waits until there is room again", () => {
    const budget = new Budget(limits.reads, new VirtualClock());
    budget.take();
    budget.refused(0);
    expect(budget.take()).toBe(5_240);
  });

  const step = fc.record({
    passes: fc.constantFrom(0, 0, 0, 0.02, 0.4, 3, 30),
    ours: fc.integer({ min: 0, max: 120 }),
    /** What others send; not more than is left to them, nor faster than that fills again. */
    others: fc.integer({ min: 0, max: 5 }),
    /** How many of the requests on their way are answered. */
    answers: fc.integer({ min: 0, max: 150 }),
  });

  test.each(kinds)(
    "of %s never runs into Azure's limit, whatever is on its way and whoever else sends a little",
    (kind) => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          const clock = new VirtualClock();
          const budget = new Budget(limits[kind], clock);
          const { size, perSecond } = limits[kind];
          let left = size;
          const told: number[] = [];
          for (const { passes, ours, others, answers } of steps) {
            clock.pass(passes);
            left = Math.min(size, left + passes * perSecond);
            const { sent } = sendAll(budget, ours);
            for (let one = 0; one < sent; one += 1) {
              expect(left).toBeGreaterThanOrEqual(1);
              left -= 1;
              told.push(Math.floor(left));
            }
            left -= Math.min(others, Math.floor(left));
            for (const count of told.splice(0, answers)) budget.answered(count);
          }
        }),
      );
    },
  );
});
