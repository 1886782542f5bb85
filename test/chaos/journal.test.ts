import { expect, it } from "vitest";
import type { LoggedRequest } from "../../local/azure/request-log.ts";
import type { Sent, Truth } from "../../local/chaos/facts.ts";
import { isExempt, Journal } from "../../local/chaos/journal.ts";
import { id, images } from "./hand-made.ts";

const [one, two, other] = [id, `${id}-2`, `${id}-3`];
const truthOf = (existing: readonly string[]) => (workspaceId: string) =>
  ({ workspaceId, exists: existing.includes(workspaceId) }) as Truth;

function grantFor(description: string, workspaceIds: readonly string[], existing = [one, two, other]): Sent {
  const journal = new Journal(truthOf(existing));
  const path = `${images}/providers/Microsoft.Authorization/roleAssignments/name`;
  const body = { properties: { description } };
  journal.note("received", { client: "a", method: "PUT", path, isWrite: true, workspaceIds, body } as LoggedRequest);
  const [fact] = journal.facts;
  if (fact?.kind !== "sent") throw new Error("The journal took no note of it.");
  return fact;
}

const description = `lets the identity of ${two.toUpperCase()} pull images`;

it("a grant to a shared identity is made for the workspace that it names, also when that is gone", () => {
  expect(grantFor(description, [one, two])).toMatchObject({
    operation: "grant",
    registryId: images,
    workspaceIds: [two],
  });
  expect(grantFor(description, [one, other], [one, other]).workspaceIds).toEqual([two]);
});

it("a grant is not believed to be for a workspace whose identity it is not", () => {
  expect(grantFor(description, [one]).workspaceIds).toEqual([one]);
  expect(grantFor("without a word", [one, two]).workspaceIds).toEqual([one, two]);
});

it("what somebody does who is not one of the processes is no fact", () => {
  const journal = new Journal(truthOf([]));
  journal.note("received", { client: null } as LoggedRequest);
  expect(journal.facts).toEqual([]);
});

it("any value of the opt-out tag but `manage` exempts", () => {
  expect([{}, { "ACR-Remediation": " Manage" }, { other: "skip" }].map(isExempt)).toEqual([false, false, false]);
  expect([{ "acr-remediation": "skip" }, { "ACR-remediation": "" }].map(isExempt)).toEqual([true, true]);
});
