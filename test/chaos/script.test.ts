import { expect, it } from "vitest";
import { Misfortune } from "../../local/chaos/misfortune.ts";
import { scriptOf } from "../../local/chaos/script.ts";

it("a seed names a scenario: the same whenever it is asked for, another for another seed", () => {
  expect(scriptOf(7, 50, 1)).toEqual(scriptOf(7, 50, 1));
  expect(scriptOf(7, 50, 1)).not.toEqual(scriptOf(8, 50, 1));
});

it("everything a world can meet is in a script of some size", () => {
  const { members, steps } = scriptOf(1, 200, 1);
  const seen = (values: readonly (string | undefined)[]): string[] => [...new Set(values.map(String))].sort();
  expect(seen(members.map(({ identity }) => identity))).toEqual(["both", "none", "shared", "system", "user"]);
  expect(seen(members.map(({ attached }) => attached))).toEqual(["forbidden", "none", "preferred"]);
  expect(seen(members.map(({ tag }) => tag))).toEqual(["manage", "no", "skip", "undefined"]);
  expect(seen(members.map(({ kind }) => kind))).toEqual(["Default", "Hub", "Project"]);
  expect(seen(steps.map(({ what }) => what))).toEqual(["create", "disturb", "kill", "sweep", "weather"]);
  const disturbances = steps.flatMap((step) => (step.what === "disturb" ? [step.how] : []));
  expect(seen(disturbances)).toHaveLength(10);
  const weathers = steps.flatMap((step) => (step.what === "weather" ? [step.weather] : []));
  const isLate = (seconds: number): string => (seconds > 0 ? "late" : "at once");
  for (const what of ["staleReadSeconds", "graphLagSeconds", "attachSeconds", "syncSeconds"] as const)
    expect(seen(weathers.map((weather) => isLate(weather[what])))).toEqual(["at once", "late"]);
  expect(seen(weathers.map(({ deliveryFaults }) => String(deliveryFaults.reorder)))).toEqual(["false", "true"]);
});

it("nothing happens to a workspace before it is there, and everything happens in the order of time", () => {
  const { steps } = scriptOf(3, 100, 0.5);
  expect(steps.map(({ at }) => at)).toEqual(steps.map(({ at }) => at).toSorted((a, b) => a - b));
  for (const step of steps)
    if (step.what === "disturb") expect(step.at).toBeGreaterThanOrEqual(step.member.createdAt ?? 0);
});

it("a request's fault depends on what it is about and how many such there were, not on what came between", () => {
  const request = { method: "GET", path: "/Inbox", body: "" };
  const draw = (between: boolean): unknown[] => {
    const misfortune = new Misfortune(5);
    return Array.from({ length: 500 }, () => {
      if (between) misfortune.ofStorage("host-1", request);
      return misfortune.ofStorage("host-0", request);
    });
  };
  expect(draw(true)).toEqual(draw(false));
  expect(draw(true).some((fault) => fault !== undefined)).toBe(true);
});

it("after the storm nothing goes wrong", () => {
  const misfortune = new Misfortune(5);
  misfortune.isOver = true;
  const faults = Array.from({ length: 1_000 }, () => misfortune.ofEvent("/subscriptions/one"));
  expect(faults.every((fault) => fault === undefined)).toBe(true);
});
