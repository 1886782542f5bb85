/** The shortest form of `npm run bench -- --only reconcile`: what is counted, and that all of it comes about. */
import { beforeAll, expect, it } from "vitest";
import { countReconciles, type ReconcileResult } from "../../bench/reconcile.ts";

let result: ReconcileResult;
beforeAll(async () => {
  result = await countReconciles(0);
});

it("a compliant workspace costs at most 2 reads in a process that has looked before, 5 in a new one, and no write", () => {
  const { compliant } = result;
  expect(compliant.writes + compliant.cold.writes).toBe(0);
  expect(compliant.reads).toBeLessThanOrEqual(2);
  expect(compliant.cold.reads).toBeLessThanOrEqual(5);
});

it("a broken workspace costs 3 writes, and at most 5 reads in a process that has looked before, 8 in a new one", () => {
  const { broken } = result;
  expect([broken.writes, broken.cold.writes]).toEqual([3, 3]);
  expect(broken.reads).toBeLessThanOrEqual(5);
  expect(broken.cold.reads).toBeLessThanOrEqual(8);
});

it("waiting and confirming cost reads only", () => {
  expect([result.waiting.writes, result.confirmation.writes]).toEqual([0, 0]);
  expect(result.confirmation.reads).toBeGreaterThan(0);
});

it("the blind commands cost 2 reads and 3 writes", () => {
  expect(result.baseline).toEqual({ reads: 2, writes: 3, polls: 0 });
});
