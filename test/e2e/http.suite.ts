import { describe, expect, it } from "vitest";
import type { Stack } from "../../local/stack.ts";
import { until } from "../../local/until.ts";
import {
  call,
  pathOf,
  type Problem,
  remediate,
  settled,
  type State,
  stateOf,
  wholeRemediation,
  writesFor,
} from "./app.ts";
import { foreignSubscriptionId, registryId, workspace, workspaceIdOf } from "./cast.ts";
import { rowsOf } from "./stores.ts";

const problemOf = (body: unknown): Problem => body as Problem;

/** What this suite needs in the stand-in for Azure. */
export const httpCast = [
  workspace("asked"),
  workspace("not-awaited"),
  workspace("tried-out"),
  workspace("foreign", { subscription: foreignSubscriptionId }),
];

/** What HTTP callers are answered. */
export function httpAnswers(stack: Stack): void {
  describe("POST …/remediate", () => {
    it("answers 200 with outcome and conditions once the workspace is right", async () => {
      const id = workspaceIdOf("asked");
      const { status, body } = await remediate(stack.host, id);
      expect(status).toBe(200);
      expect(body).toMatchObject({ id, outcome: "remediated", registryId });
      const { done, conditions } = body as State;
      expect(done).toHaveLength(3);
      expect(done).toEqual(
        expect.arrayContaining([
          "attach contosoml",
          expect.stringMatching(/^grant AcrPull on contosoml to the workspace identity/),
          "sync keys",
        ]),
      );
      expect(conditions.map(({ type, status: holds, reason }) => `${type}: ${holds} ${reason}`)).toEqual([
        "RegistryAttached: True Attached",
        "PullGranted: True Granted",
        "KeysSynced: True Synced",
      ]);
      expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
    });

    it("answers 200 with compliant, and writes nothing, when it is asked again", async () => {
      const id = workspaceIdOf("asked");
      const { status, body } = await remediate(stack.host, id.toUpperCase());
      expect(status).toBe(200);
      expect(body).toMatchObject({ outcome: "compliant" });
      expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
    });

    it("answers 202 at once for wait=0, with the place where the state is found", async () => {
      const id = workspaceIdOf("not-awaited");
      const { status, headers } = await remediate(stack.host, id, "wait=0");
      expect(status).toBe(202);
      expect(headers.get("retry-after")).toBe("5");
      const location = headers.get("location") ?? "";
      const state = await until("the location to answer", async () => {
        const answer = await call(stack.host, "GET", location);
        const found = answer.status === 200 ? (answer.body as State) : undefined;
        return found?.outcome === "remediated" && found;
      });
      expect(state.id).toBe(id);
      expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
    });

    it("takes the key as `code` in the query too", async () => {
      const path = `${pathOf(workspaceIdOf("asked"))}/remediate?wait=30&code=${stack.host.functionKey}`;
      expect((await call(stack.host, "POST", path, {})).status).toBe(200);
    });
  });

  describe("POST …/remediate?dryRun=true", () => {
    it("says what would be done, and neither does nor remembers it", async () => {
      const id = workspaceIdOf("tried-out");
      const { status, body } = await remediate(stack.host, id, "dryRun=true");
      expect(status).toBe(200);
      expect(body).toMatchObject({ id, dryRun: true, mode: "enforce", wouldEndAs: { kind: "settled" } });
      const { wouldDo } = body as { wouldDo: string[] };
      expect(wouldDo).toEqual(["attach contosoml", expect.stringMatching(/^grant AcrPull on contosoml/), "sync keys"]);

      expect(writesFor(stack.azure, id)).toEqual([]);
      const rows = await rowsOf(stack.azurite, "Workspaces");
      expect(rows.map(({ workspaceId }) => workspaceId)).not.toContain(id);
      const state = await call(stack.host, "GET", pathOf(id));
      expect(state.status).toBe(404);
      expect(problemOf(state.body).code).toBe("WorkspaceUnknown");
    });

    it("says that nothing would be done to a remembered workspace that is right", async () => {
      const { body } = await remediate(stack.host, workspaceIdOf("asked"), "dryRun=true");
      expect(body).toMatchObject({ wouldDo: [], wouldEndAs: { kind: "settled" } });
    });
  });

  describe("GET …", () => {
    it("answers the state with its history, the newest first, and who asked", async () => {
      const id = workspaceIdOf("asked");
      await settled(stack.host, id);
      const state = await stateOf(stack.host, id);
      expect(state?.history.map(({ phase }) => phase).slice(-2)).toEqual(["ended", "planned"]);
      const [ended, planned] = state?.history.slice(-2) ?? [];
      expect(planned?.planned).toEqual(["attach contosoml", expect.stringMatching(/^grant AcrPull/), "sync keys"]);
      expect(ended).toMatchObject({ outcome: { kind: "remediated" } });
      expect(ended?.done).toHaveLength(3);
      expect(ended?.requests.map(({ cause }) => cause)).toEqual(["http"]);
    });

    it("answers 404 with what to do for a workspace at which nobody looked yet", async () => {
      const { status, body } = await call(stack.host, "GET", pathOf(workspaceIdOf("never-seen")));
      expect(status).toBe(404);
      expect(problemOf(body)).toMatchObject({ status: 404, code: "WorkspaceUnknown" });
      expect(problemOf(body).detail).toBe(
        `No look was taken yet at ${workspaceIdOf("never-seen")}. POST to its path with /remediate at the end to take one.`,
      );
    });
  });

  describe("a request that is refused", () => {
    const path = pathOf(workspaceIdOf("tried-out"));

    it.each([
      ["no key", {}],
      ["a wrong key", { "x-functions-key": "guessed" }],
    ])("with %s is answered 401", async (_what, headers: Record<string, string>) => {
      for (const [method, target] of [
        ["GET", path],
        ["POST", `${path}/remediate`],
      ] as const)
        expect((await call(stack.host, method, target, headers)).status).toBe(401);
    });

    it("about a foreign subscription is answered 403 with the setting that would include it", async () => {
      const foreign = pathOf(workspaceIdOf("foreign", foreignSubscriptionId));
      for (const [method, target] of [
        ["GET", foreign],
        ["POST", `${foreign}/remediate`],
        ["POST", `${foreign}/remediate?dryRun=true`],
      ] as const) {
        const { status, body } = await call(stack.host, method, target);
        expect(status).toBe(403);
        expect(problemOf(body)).toMatchObject({
          code: "SubscriptionNotInPolicy",
          title: "The workspace lies outside the policy.",
          detail: `The subscription ${foreignSubscriptionId} is not among REMEDIATOR_SUBSCRIPTIONS, nor was it in REMEDIATOR_MANAGEMENT_GROUPS when these were last looked at, so nothing in it is looked at or changed. Add it to one of them to include it.`,
        });
      }
    });

    it.each(["wait=30", "dryRun=true"])(
      "about a workspace that Azure does not know is answered 404 (%s)",
      async (query) => {
        const id = workspaceIdOf("misspelt");
        const { status, body } = await remediate(stack.host, id, query);
        expect(status).toBe(404);
        expect(problemOf(body).code).toBe("WorkspaceNotFound");
        expect(problemOf(body).detail).toBe(
          `Azure knows no workspace ${id}, or our identity may not see it. Check subscription, resource group and name.`,
        );
      },
    );

    it("has changed nothing", async () => {
      expect(writesFor(stack.azure, workspaceIdOf("tried-out"))).toEqual([]);
      expect(stack.azure.requests.filter((request) => request.subscriptionId === foreignSubscriptionId)).toEqual([]);
      const ids = (await rowsOf(stack.azurite, "Workspaces")).flatMap(({ workspaceId }) => workspaceId ?? []);
      expect(ids.sort()).toEqual(["asked", "misspelt", "not-awaited"].map((name) => workspaceIdOf(name)));
    });
  });

  it("says without a key that it is up, and in which mode", async () => {
    const { status, body } = await call(stack.host, "GET", "/api/health", {});
    expect(status).toBe(200);
    expect(body).toEqual({ status: "up", mode: "enforce" });
  });
}
