import { expect, it } from "vitest";
import { leaksIn } from "../../local/chaos/ending.ts";
import type { Condition, End } from "../../local/chaos/oracle.ts";
import { goodEnd, id, Log, rightEnd, verdictOn } from "./hand-made.ts";

const rulesOf = (end: Partial<End>): readonly string[] => verdictOn(new Log(), { end: { ...goodEnd, ...end } }).rules;
const ended = (condition: Condition, outcome: string): Partial<End> => {
  return { workspaces: [{ ...rightEnd, condition, outcome }] };
};

it("a workspace that could be right and is not is a lost request", () => {
  expect(rulesOf(ended({ kind: "wrong", why: "its keys are not in sync" }, "compliant"))).toEqual(["lostRequest"]);
});

it("what is right has to be called so", () => {
  expect(rulesOf(ended({ kind: "right" }, "remediated"))).toEqual([]);
  expect(rulesOf(ended({ kind: "right" }, "waiting: Transient"))).toEqual(["wrongOutcome"]);
});

it("what nobody can help has to be called by its name", () => {
  const condition = { kind: "beyondHelp", why: "it is exempt", expected: ["exempt: OptOutTag"] } as const;
  expect(rulesOf(ended(condition, "exempt: OptOutTag"))).toEqual([]);
  expect(rulesOf(ended(condition, "compliant"))).toEqual(["wrongOutcome"]);
});

it("a request that no look covered is lost, and so is a look that no message will bring", () => {
  const inbox = (cause: string, isComing: boolean, isStale = false): Partial<End> => {
    return { inbox: [{ workspaceId: id, cause, isComing, isStale }] };
  };
  expect(rulesOf(inbox("scheduled", true))).toEqual([]);
  expect(rulesOf(inbox("scheduled", false))).toEqual(["lostRequest"]);
  expect(rulesOf(inbox("event", true))).toEqual(["lostRequest"]);
  // Written by storage after a look that began later was over, it asks for nothing.
  expect(rulesOf(inbox("scheduled", false, true))).toEqual([]);
  expect(rulesOf(inbox("event", false, true))).toEqual(["lostRequest"]);
});

it("nothing may be left on the poison queue, let out, or crash", () => {
  expect(rulesOf({ poison: ["{}"] })).toEqual(["poison"]);
  expect(rulesOf({ leaks: ["token in log"] })).toEqual(["secret"]);
  expect(rulesOf({ crashes: ["host-0#1 ended with 1"] })).toEqual(["crash"]);
});

it("a secret is found wherever it is", () => {
  const secrets = new Map([
    ["key", "s3cret"],
    ["token", "eyJ"],
  ]);
  expect(leaksIn({ log: "a s3cret", storage: "nothing", answers: "eyJ0" }, secrets)).toEqual([
    "key in log",
    "token in answers",
  ]);
});
