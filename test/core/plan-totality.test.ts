import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describe as describeAction } from "../../src/core/actions.ts";
import type { Memory } from "../../src/core/memory.ts";
import type { Observation } from "../../src/core/observation.ts";
import { plan } from "../../src/core/plan.ts";
import type { Policy } from "../../src/core/policy.ts";
import { memories, observations, policies } from "./any-input.ts";
import { hash } from "./planning.ts";

describe("for any policy, observation and memory, the plan", () => {
  const always = (check: (...given: [Policy, Observation, Memory]) => void): void => {
    fc.assert(fc.property(policies, observations, memories, check), { numRuns: 800 });
  };

  it("has actions, a wait or a reason, and the words to tell them", () => {
    always((policy, observation, memory) => {
      const { actions, ending, findings } = plan(policy, observation, memory, hash);
      if (ending.kind !== "settled" && ending.kind !== "gone") expect(ending.message).not.toBe("");
      if (ending.kind === "exempt") expect(actions).toEqual([]);
      const types = findings.map(({ type }) => type);
      const wanted = [
        "RegistryAttached",
        "PullGranted",
        "KeysSynced",
        ...(policy.requiredImages?.length ? ["ImagesPresent"] : []),
      ];
      expect(types).toEqual(ending.kind === "gone" ? [] : wanted);
      for (const { message } of findings) expect(message).not.toBe("");
    });
  });

  it("attaches once at most and first, syncs once at most and after that, and only once every identity is there, imports last", () => {
    always((policy, observation, memory) => {
      const { actions, fingerprint } = plan(policy, observation, memory, hash);
      const kinds = actions.map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === "AttachRegistry").length).toBeLessThanOrEqual(1);
      expect(kinds.lastIndexOf("AttachRegistry")).toBeLessThanOrEqual(0);
      const imported = kinds.indexOf("ImportImage");
      if (imported >= 0) expect(new Set(kinds.slice(imported))).toEqual(new Set(["ImportImage"]));
      const sync = kinds.indexOf("SyncKeys");
      if (sync < 0) return;
      expect(kinds.slice(sync + 1).filter((kind) => kind !== "ImportImage")).toEqual([]);
      expect(fingerprint).toBeDefined();
    });
  });

  it("touches no other workspace, no attached registry, and no registry that the policy does not name", () => {
    always((policy, observation, memory) => {
      for (const action of plan(policy, observation, memory, hash).actions) {
        if (action.kind === "PruneGrant") {
          expect(policy.prune).toBe(true);
          expect(memory.grants?.map((grant) => grant.principalId)).toContain(action.principalId);
          continue;
        }
        if (observation.kind !== "found") throw new Error("There is nothing to act upon.");
        const { workspace } = observation;
        expect(action.workspace).toBe(workspace.id);
        expect(workspace.provisioningState.toLowerCase()).toBe("succeeded");
        if (action.kind === "AttachRegistry" && policy.attach !== "replace")
          expect(workspace.containerRegistry).toBeUndefined();
        if (action.kind === "AttachRegistry") expect(policy.attach).not.toBe("never");
        if (action.kind === "AttachRegistry") expect(workspace.kind).not.toBe("project");
        if (action.kind === "SyncKeys") continue;
        const named = [policy.defaultRegistry, ...policy.rules.flatMap((rule) => rule.registries)];
        const key = JSON.stringify(action.registry).toLowerCase();
        expect(named.some((one) => one !== undefined && JSON.stringify(one).toLowerCase() === key)).toBe(true);
      }
    });
  });

  it("imports each image once at most, only what the policy requires and Azure said is missing, and only from where the policy says", () => {
    always((policy, observation, memory) => {
      const imports = plan(policy, observation, memory, hash).actions.flatMap((action) =>
        action.kind === "ImportImage" ? [action] : [],
      );
      expect(new Set(imports.map(describeAction)).size).toBe(imports.length);
      for (const action of imports) {
        const { repository, reference } = action.image;
        const isIt = (image: { repository: string; reference: string }): boolean =>
          image.repository === repository && image.reference === reference;
        expect(policy.requiredImages?.find(isIt)?.importFrom).toEqual(action.from);
        const seen = observation.kind === "found" ? observation.images?.find(({ image }) => isIt(image)) : undefined;
        expect(seen?.presence.kind).toBe("missing");
      }
    });
  });

  it("attaches, grants and syncs the same whatever images are required and there", () => {
    const rest = (...given: [Policy, Observation, Memory]): unknown =>
      plan(...given, hash).actions.filter(({ kind }) => kind !== "ImportImage");
    always((policy, observation, memory) => {
      expect(rest(policy, observation, memory)).toEqual(rest({ ...policy, requiredImages: [] }, observation, memory));
    });
  });

  it("is the same each time, and leaves what it was given as it was", () => {
    always((policy, observation, memory) => {
      const before = JSON.stringify([policy, observation, memory]);
      const first = plan(policy, observation, memory, hash);
      expect(plan(policy, observation, memory, hash)).toEqual(first);
      expect(JSON.stringify([policy, observation, memory])).toBe(before);
    });
  });

  it("needs no second sync for what a first one covered", () => {
    always((policy, observation, memory) => {
      const { fingerprint, actions } = plan(policy, observation, memory, hash);
      if (fingerprint === undefined || actions.some(({ kind }) => kind === "AttachRegistry")) return;
      const synced = { ...memory, syncOwed: false, synced: { fingerprint, how: "synced", at: 0 } } as const;
      expect(plan(policy, observation, synced, hash).actions.map(({ kind }) => kind)).not.toContain("SyncKeys");
    });
  });
});
