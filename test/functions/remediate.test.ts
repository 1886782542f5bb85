import { HttpRequest, InvocationContext } from "@azure/functions";
import { describe, expect, test } from "vitest";

import type { App } from "../../src/app.ts";
import type { Policy } from "../../src/core/policy.ts";
import { ProblemError } from "../../src/functions/problem.ts";
import { onRemediate } from "../../src/functions/remediate.ts";
import { fixedPolicy } from "../../src/policy-now.ts";
import { subscriptionId } from "./samples.ts";

const touched = new Proxy({}, { get: (_, name) => expect.fail(`A request that is wrong reached ${String(name)}.`) });
const policyNow = fixedPolicy({ subscriptions: [subscriptionId] } as unknown as Policy);
const app = { policyNow, ports: touched } as unknown as App;
const path = { subscriptionId, resourceGroup: "ml", name: "alpha" };

interface Asked {
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: string;
}

/** What is answered to a request that is wrong. Nothing of the app is touched meanwhile. */
async function problemOf({ params = path, query = {}, body }: Asked): Promise<ProblemError["problem"]> {
  const url = "https://app.example/api/workspaces";
  const request = new HttpRequest({
    method: "POST",
    url,
    params,
    query,
    ...(body === undefined ? {} : { body: { string: body } }),
  });
  const context = new InvocationContext({ functionName: "remediate" });
  const answer: unknown = await onRemediate(app, request, context).catch((error: unknown) => error);
  if (answer instanceof ProblemError) return answer.problem;
  throw new Error(`No problem was answered: ${String(answer)}`);
}

describe("asking for a look is refused, before anything is touched,", () => {
  test.each([
    ["without a subscription", {}, "the subscription id (nothing) is not a GUID"],
    ["without a resource group", { subscriptionId, name: "alpha" }, "(nothing) cannot be the name of a resource group"],
    ["without a name", { subscriptionId, resourceGroup: "ml" }, "type and name must come in pairs"],
    ["with a slash in its name", { ...path, name: "alpha/computes/gpu" }, "workspaces/computes, not of a"],
    ["with the parent for its name", { ...path, name: ".." }, "cannot be the name of a resource"],
    [
      "with a slash in its resource group",
      { ...path, resourceGroup: "ml/providers" },
      '"providers" is not a resource provider',
    ],
  ])("%s", async (_what, params: Record<string, string>, wrong) => {
    const problem = await problemOf({ params });
    expect(problem).toMatchObject({ status: 400, code: "InvalidWorkspacePath" });
    expect(problem.detail).toContain(wrong);
    expect(problem.detail).toContain("The path is /api/workspaces/{subscriptionId}/{resourceGroup}/{name}.");
  });

  test.each([
    ["__proto__", "true", "__proto__: unknown; known are dryRun and wait"],
    ["hasOwnProperty", "true", "hasOwnProperty: unknown"],
    ["dryRun\u0000", "true", "unknown; known are dryRun and wait"],
    ["dryRun", "tru\u0435", 'dryRun: found "tru\u0435", allowed: true or false'],
    ["wait", "3\n", 'wait: found "3\\n", allowed: whole seconds, 0 to 200'],
    ["wait", "9".repeat(5_000), "allowed: whole seconds, 0 to 200"],
  ])("with the query %j=%j", async (name, value, wrong) => {
    const problem = await problemOf({ query: Object.fromEntries([[name, value]]) });
    expect(problem).toMatchObject({ status: 400, code: "InvalidQuery" });
    expect(problem.detail).toContain(wrong);
  });

  test.each(['{"dryRun": true}', "null", "[]", "dryRun=true", "\u0000"])("with the body %j", async (body) => {
    expect(await problemOf({ body })).toEqual({
      status: 400,
      code: "UnexpectedBody",
      title: "The request has a body.",
      detail: `Found a body of ${body.length} characters, allowed: none. What is asked for goes into the query: dryRun and wait. Nothing was changed.`,
    });
  });

  test("but not for a body that says nothing", async () => {
    for (const body of ["", " \r\n", "{}"]) await expect(problemOf({ body })).rejects.toThrow("reached newId");
  });
});
