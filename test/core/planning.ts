import type { Memory } from "../../src/core/memory.ts";
import type { Observation } from "../../src/core/observation.ts";
import { plan, type Plan } from "../../src/core/plan.ts";
import type { Policy } from "../../src/core/policy.ts";
import { memoryOf, policyOf } from "./samples.ts";

/** Leaves a text as it is, so that what was hashed can be read where a test fails. */
export const hash = (text: string): string => text;

export function planned(observation: Observation, memory: Memory = memoryOf(), policy: Partial<Policy> = {}): Plan {
  return plan(policyOf(policy), observation, memory, hash);
}

/** Remembered as synced for what is observed. */
export function inSync(observation: Observation, how: "synced" | "adopted" = "synced"): Memory {
  const fingerprint = planned(observation).fingerprint ?? "";
  return memoryOf({ synced: { fingerprint, how, at: 1 } });
}

/** In one text: the actions, or the reason why there are none. */
export function verdict(observation: Observation, memory: Memory = memoryOf(), policy: Partial<Policy> = {}): string {
  const { actions, ending } = planned(observation, memory, policy);
  const reason = "reason" in ending ? `${ending.kind}: ${ending.reason}` : ending.kind;
  return [...actions.map(({ kind, ...more }) => ("cause" in more ? `${kind} (${more.cause})` : kind)), reason].join(
    ", ",
  );
}
