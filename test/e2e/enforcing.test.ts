import { describe, expect, it } from "vitest";
import { useStack } from "./app.ts";
import { enforcing, foreignSubscriptionId, platform, subscriptionId } from "./cast.ts";
import { httpAnswers, httpCast } from "./http.suite.ts";
import { malformedCast, malformedInput } from "./malformed.suite.ts";
import { policyCast, policyLimits, policyRules } from "./policy.suite.ts";
import { leaksIn } from "./secrets.ts";

// One stack for all of these, for starting one is what takes most of the time.
const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [{ subscriptionId }, { subscriptionId: foreignSubscriptionId }],
      resources: [...platform, ...malformedCast, ...httpCast, ...policyCast],
    },
  },
  settings: { ...enforcing, REMEDIATOR_REGISTRY_RULES: policyRules },
  events: "none",
});

describe("malformed input", () => {
  malformedInput(stack);
});

describe("HTTP", () => {
  httpAnswers(stack);
});

describe("the policy's limits", () => {
  policyLimits(stack);
});

it("no secret is in the log, in storage or in an answer", async () => {
  expect(await leaksIn(stack)).toEqual([]);
});
