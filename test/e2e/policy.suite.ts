import { describe, expect, it } from "vitest";
import type { Stack } from "../../local/stack.ts";
import { deliver, principalOf, remediate, settled, type State, wholeRemediation, writesFor } from "./app.ts";
import { eventOf, groupId, registryId, registryIdOf, workspace, workspaceIdOf } from "./cast.ts";

/** Allowed in `northeurope` only, beside `contosoml`. */
const second = registryIdOf("second");
/** Exists, and is allowed to nobody. */
const forbidden = registryIdOf("forbidden");
const tag = "acr-remediation-registry";
const north = "northeurope";
const hubId = workspaceIdOf("hub");

/** What this suite needs in the stand-in for Azure. */
export const policyCast = [
  { id: second },
  { id: forbidden },
  workspace("skipped", { tags: { "acr-remediation": "skip" } }),
  workspace("skipped-shouting", { tags: { "ACR-Remediation": " SKIP " } }),
  workspace("undecided", { tags: { "acr-remediation": "maybe" } }),
  workspace("empty-tag", { tags: { "acr-remediation": "" } }),
  workspace("managed", { tags: { "acr-remediation": "manage" } }),
  workspace("chooses-name", { location: north, tags: { [tag]: "second" } }),
  workspace("chooses-id", { location: north, tags: { [tag]: second.toUpperCase() } }),
  workspace("asks-too-much", { tags: { [tag]: "forbidden" } }),
  workspace("asks-too-much-by-id", { tags: { [tag]: forbidden } }),
  workspace("asks-elsewhere", { tags: { [tag]: "second" } }),
  workspace("attached-elsewhere", { attached: forbidden }),
  workspace("attached-elsewhere-with-tag", { attached: forbidden, tags: { [tag]: "forbidden" } }),
  workspace("attached-and-tagged", { attached: true, location: north, tags: { [tag]: "second" } }),
  { ...workspace("hub", { attached: forbidden }), kind: "Hub" },
  { ...workspace("project"), kind: "Project", properties: { hubResourceId: hubId } },
];

/** The rules that this suite needs; everybody else has the default registry. */
export const policyRules = JSON.stringify([{ location: "North Europe", registryIds: [registryId, second] }]);

/** Nothing is written that the policy does not allow for this workspace, whatever its tags and its attachment say. */
export function policyLimits(stack: Stack): void {
  /** Asks in every way there is: by two events and over HTTP. */
  async function askFor(name: string): Promise<State> {
    const id = workspaceIdOf(name);
    expect((await deliver(stack.host, [eventOf(id), eventOf(id)])).status).toBe(202);
    expect((await remediate(stack.host, id)).status).toBe(200);
    return settled(stack.host, id);
  }

  /** The registries on which a workspace's identity holds a role. */
  function grantsOf(name: string): string[] {
    const principalId = principalOf(stack.azure, workspaceIdOf(name));
    const assignments = stack.azure.world.roles.assignments();
    return assignments.filter((one) => one.principalId === principalId).map(({ scope }) => scope);
  }

  describe("a workspace that opted out", () => {
    it.concurrent.each([
      ["skipped", "OptOutTag", "The tag acr-remediation: skip takes this workspace out."],
      ["skipped-shouting", "OptOutTag", "The tag acr-remediation: skip takes this workspace out."],
      ["undecided", "UnknownOptOutTag", `has the value "maybe", which is neither 'skip' nor 'manage'`],
      ["empty-tag", "UnknownOptOutTag", `has the value "", which is neither 'skip' nor 'manage'`],
    ])("(%s) is exempt with the reason %s, and nothing is written for it", async (name, reason, message) => {
      const state = await askFor(name);
      expect(state).toMatchObject({ outcome: "exempt", reason });
      expect(state.message).toContain(message);
      expect(writesFor(stack.azure, state.id)).toEqual([]);
      expect(grantsOf(name)).toEqual([]);
    });
  });

  it("a workspace whose tag says manage is put right like any other", async () => {
    const { id } = await askFor("managed");
    expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
    expect(grantsOf("managed")).toEqual([registryId]);
  });

  describe("a tag", () => {
    it.concurrent.each(["chooses-name", "chooses-id"])("(%s) chooses among the allowed registries", async (name) => {
      const { id } = await askFor(name);
      expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
      expect(stack.azure.world.get(id)?.properties["containerRegistry"]).toBe(second);
      expect(grantsOf(name)).toEqual([second]);
    });

    it.concurrent.each([
      ["asks-too-much", "forbidden"],
      ["asks-too-much-by-id", forbidden],
      ["asks-elsewhere", "second"],
    ])("(%s) that asks for another one blocks, and nothing is attached or granted", async (name, wanted) => {
      const state = await askFor(name);
      expect(state).toMatchObject({ outcome: "blocked", reason: "RegistryNotAllowed" });
      expect(state.message).toBe(
        `The tag ${tag} asks for ${JSON.stringify(wanted)}, which the policy does not allow for this workspace. Allowed: contosoml.`,
      );
      expect(writesFor(stack.azure, state.id)).toEqual([]);
      expect(grantsOf(name)).toEqual([]);
    });

    it("never replaces a registry that is attached", async () => {
      const { id } = await askFor("attached-and-tagged");
      expect(writesFor(stack.azure, id)).toEqual(["POST resyncKeys", "PUT roleAssignments"]);
      expect(stack.azure.world.get(id)?.properties["containerRegistry"]).toBe(registryId);
      expect(grantsOf("attached-and-tagged")).toEqual([registryId]);
    });
  });

  describe("a workspace that is attached to a registry which is not allowed", () => {
    it.concurrent.each([
      ["attached-elsewhere", "is attached to"],
      ["attached-elsewhere-with-tag", "is attached to"],
      ["hub", "is attached to"],
      ["project", "inherits from its hub"],
    ])("(%s) blocks, and its identity gets no right there", async (name, how) => {
      const state = await askFor(name);
      expect(state).toMatchObject({ outcome: "blocked", reason: "RegistryNotAllowed" });
      expect(state.message).toBe(
        `The workspace ${how} ${forbidden}, which the policy does not allow for it. Nothing was granted. Allowed: contosoml. Add the registry to the workspace's rule, or attach an allowed one.`,
      );
      expect(writesFor(stack.azure, state.id)).toEqual([]);
      expect(grantsOf(name)).toEqual([]);
    });
  });

  it("of all these, nobody got a right on the forbidden registry or above it", () => {
    const reaching = stack.azure.world.roles
      .assignments()
      .filter(({ principalId }) => principalId !== stack.azure.world.self.principalId)
      .filter(({ scope }) => forbidden.startsWith(scope) || scope === groupId("ml-platform"));
    expect(reaching).toEqual([]);
  });
}
