import { expect, test } from "vitest";
import { covers, type Policy } from "../../src/core/policy.ts";
import { judged } from "../../src/functions/judged.ts";
import type { KnownPolicy } from "../../src/core/fleet.ts";

const policyOver = (...subscriptions: string[]): Policy => ({ subscriptions }) as unknown as Policy;
const problem = { subject: "/group", message: "Nobody knows what is in the group." };

/** What is said of a subscription by an app that knows one policy, and has stored another. */
async function saidOf(subscription: string, known: Policy, stored: Policy, problems: KnownPolicy["problems"] = []) {
  const answer = (policy: Policy): Promise<KnownPolicy> => Promise.resolve({ policy, problems });
  const policyNow = {
    known: () => answer(known),
    stored: () => answer(stored),
    found: () => expect.fail("asked Azure"),
  };
  return judged({ policyNow }, (policy) =>
    covers(policy, subscription)
      ? { kind: "inside" }
      : { kind: "rejected", reason: "SubscriptionNotInPolicy", message: "It lies outside." },
  );
}

test("what lies inside of the policy that is known is not judged again", async () => {
  const known = policyOver("a");
  expect(await saidOf("a", known, policyOver())).toEqual({ verdict: { kind: "inside" }, policy: known });
});

test("what lies outside is judged by what is stored, as a sweep may just have found it", async () => {
  const stored = policyOver("a", "b");
  expect(await saidOf("b", policyOver("a"), stored)).toEqual({ verdict: { kind: "inside" }, policy: stored });
});

test("what lies outside of that too is told so, and what is not known", async () => {
  const { verdict } = await saidOf("c", policyOver("a"), policyOver("a", "b"), [problem]);
  expect(verdict).toMatchObject({ message: "It lies outside. Nobody knows what is in the group." });
});

test("what is rejected for another reason is not judged again", async () => {
  const policyNow = { known: () => Promise.resolve({ policy: policyOver(), problems: [problem] }) };
  const verdict = { kind: "rejected", reason: "Unreadable", message: "No JSON." };
  expect((await judged({ policyNow: policyNow as never }, () => verdict)).verdict).toBe(verdict);
});
