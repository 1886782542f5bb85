import fc from "fast-check";
import { expect, test } from "vitest";

import { parseFixture } from "../../local/azure/fixture.ts";
import { Graph, type GraphQuestion } from "../../local/azure/graph/graph.ts";
import { ScopeError } from "../../local/azure/graph/query-scope.ts";
import { Moments } from "../../local/azure/moments.ts";
import { parseSettings } from "../../local/azure/settings.ts";
import { World } from "../../local/azure/world.ts";
import { group } from "./stand-in.ts";

const workspaces = ["a", "b"].map((name) => `${group}/providers/Microsoft.MachineLearningServices/workspaces/${name}`);
const storage = `${group}/providers/Microsoft.Storage/storageAccounts/data`;
const names = ["identityDelaySeconds", "provisioningSeconds", "graphLagSeconds"] as const;

const slow = { identityDelaySeconds: 10, provisioningSeconds: 7 };

interface Step {
  readonly what: string;
  readonly run: (world: World, pass: (seconds: number) => void) => void;
}

const workspace = fc.constantFrom(...workspaces);
const step: fc.Arbitrary<Step> = fc.oneof(
  workspace.map((id) => ({ what: `put ${id}`, run: (world: World) => world.put({ id }) })),
  workspace.map((id) => ({ what: `delete ${id}`, run: (world: World) => world.delete(id) })),
  workspace.map((scope) => ({
    what: `grant at ${scope}`,
    run: (world: World) => world.grant({ scope, role: "Reader", principalId: world.self.principalId }),
  })),
  workspace.map((scope) => ({
    what: `revoke at ${scope}`,
    run: (world: World) => world.revoke({ scope, principalId: world.self.principalId }),
  })),
  workspace.map((scope) => ({
    what: `deny at ${scope}`,
    run: (world: World) =>
      world.deny({
        denyAssignmentName: "x",
        scope,
        permissions: [{ actions: ["*"] }],
        principals: [{ id: world.self.principalId, type: "ServicePrincipal" }],
      }),
  })),
  fc.constantFrom([], [{ scope: group, actions: ["*/read"] }]).map((permissions) => ({
    what: `permissions ${JSON.stringify(permissions)}`,
    run: (world: World) => world.setPermissions(permissions),
  })),
  fc.constant({
    what: "rotate",
    run: (world: World) => {
      world.rotateStorageKey(storage);
    },
  }),
  fc.integer({ min: 1, max: 20 }).map((seconds) => ({
    what: `pass ${seconds}`,
    run: (_world: World, pass: (seconds: number) => void) => {
      pass(seconds);
    },
  })),
  fc.tuple(fc.constantFrom(...names), fc.constantFrom(0, 5, 15)).map(([name, value]) => ({
    what: `${name} ${value}`,
    run: (world: World) => Object.assign(world.settings, { [name]: value }),
  })),
);

const queries = ["resources", "authorizationresources | where type endswith '/roleassignments'"];

test("what was computed for an earlier question is used again only while it is still true", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      let now = Date.parse("2026-03-01T12:00:00Z");
      const world = new World(parseFixture({ resources: [{ id: storage }] }), parseSettings(slow), () => now);
      for (const { run, what } of steps) {
        run(world, (seconds) => {
          now += seconds * 1000;
        });
        for (const query of queries) {
          const question: GraphQuestion = { caller: world.self, query, filter: "AtScopeAboveAndBelow" };
          expect(answerOf(world.graph, question), `after ${what}`).toEqual(answerOf(new Graph(world), question));
        }
      }
    }),
    { numRuns: 150 },
  );
});

function answerOf(graph: Graph, question: GraphQuestion): unknown {
  try {
    return graph.answer(question).rows;
  } catch (error) {
    if (!(error instanceof ScopeError)) throw error;
    return error.code;
  }
}

test("an identity that is gone was not there before its time", () => {
  let now = Date.parse("2026-03-01T12:00:00Z");
  const world = new World(parseFixture({}), parseSettings({ ...slow, graphLagSeconds: 5 }), () => now);
  const [id = ""] = workspaces;
  world.put({ id });
  now += 5000;
  const question: GraphQuestion = { caller: world.self, query: "resources", filter: "AtScopeAboveAndBelow" };
  const before = answerOf(world.graph, question);
  world.delete(id);
  expect(answerOf(new Graph(world), question)).toEqual(before);
});

test("a change that becomes known only later voids what was computed for the times since", () => {
  const moments = new Moments();
  moments.mark(1);
  moments.mark(5);
  const before = [1, 4, 5].map((at) => moments.revisionAt(at));
  expect(new Set(before).size).toBe(2);
  moments.mark(7);
  expect([1, 4, 5].map((at) => moments.revisionAt(at))).toEqual(before);
  moments.mark(3);
  expect(before).not.toContain(moments.revisionAt(4));
  moments.mark(-Infinity);
  moments.markAll();
  const after = [1, 4, 5, 7].map((at) => moments.revisionAt(at));
  expect(new Set([...before, ...after]).size).toBe(6);
});
