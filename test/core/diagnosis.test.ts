import { describe, expect, it } from "vitest";
import { formatId } from "../../src/core/arm-id.ts";
import { diagnosisOf } from "../../src/core/diagnosis.ts";
import {
  detailsOf,
  factsOf,
  known,
  lineOf,
  refused,
  rightsOf,
  rightsOfOne,
  unanswered,
  withoutRegistry,
} from "./diagnosis-samples.ts";
import { home, workspaceId } from "./ids.ts";
import { contoso, memoryOf, workspaceOf } from "./samples.ts";

const ofRegistry = `--resource-group images --subscription ${home}`;
const ofWorkspace = `--name ws --resource-group ml --subscription ${home}`;

describe("a diagnosis", () => {
  it("of a workspace that is right finds no problem, and says in the order of troubleshooting what it saw", () => {
    const { id, verdict, lines } = diagnosisOf(factsOf());
    expect(id).toBe(formatId(workspaceId()));
    expect(verdict).toBe("No problem was found.");
    expect(lines.map(({ check, of, status }) => [check, of, status].filter(Boolean).join(" "))).toEqual([
      "registry ok",
      "attached ok",
      "identities workspace ok",
      "identities computes ok",
      "identities online endpoints ok",
      "pullRight workspace identity ok",
      "network ok",
      "imageBuild ok",
      "login ok",
      "buildRight ok",
      "keys ok",
      "service note",
      "ownRights ok",
    ]);
    for (const line of lines) expect(line.doesNotProve).toMatch(/^That /);
  });

  it("has the first problem as its verdict", () => {
    const { verdict } = diagnosisOf(
      factsOf({
        rights: rightsOfOne(rightsOf([])),
        registry: { id: contoso, details: known(detailsOf({ armTokensMayLogIn: false })) },
      }),
    );
    expect(verdict).toMatch(/^The workspace identity \(.*\) may not pull from contoso: it holds no role there/);
  });

  it("without a problem names what could not be found out", () => {
    expect(diagnosisOf(factsOf({ memory: known(undefined), service: unanswered })).verdict).toBe(
      "No problem was found, but these checks could not be made: keys, service.",
    );
  });
});

describe("the registry", () => {
  it("that is missing is a problem, with the commands that show and make it", () => {
    const facts = factsOf({ registry: { id: contoso, details: known(undefined) } });
    expect(lineOf(facts, "registry")).toMatchObject({
      status: "problem",
      found: `The registry ${formatId(contoso)} does not exist, or is not visible to our identity.`,
      fix: [`az acr show --name contoso ${ofRegistry}`, `az acr create --name contoso ${ofRegistry} --sku Premium`],
    });
    for (const check of ["pullRight", "network", "imageBuild", "login"] as const)
      expect(lineOf(facts, check).status).toBe("unknown");
  });

  it.each([
    ["Failed", "problem"],
    ["Updating", "note"],
    ["Succeeded", "ok"],
  ])("that is %s is: %s", (provisioningState, status) => {
    const facts = factsOf({ registry: { id: contoso, details: known(detailsOf({ provisioningState })) } });
    expect(lineOf(facts, "registry").status).toBe(status);
  });

  it("that may not be read leaves what depends on it unknown, and our own rights a problem", () => {
    const action = "Microsoft.ContainerRegistry/registries/read";
    const facts = factsOf({ registry: { id: contoso, details: refused(action) } });
    for (const check of ["registry", "pullRight", "network", "imageBuild", "login"] as const) {
      const { status, found } = lineOf(facts, check);
      expect(status).toBe("unknown");
      expect(found).toContain(`our identity lacks ${action} at ${formatId(contoso)}`);
    }
    expect(lineOf(facts, "attached").status).toBe("ok");
    expect(lineOf(facts, "ownRights")).toMatchObject({ status: "problem" });
    expect(lineOf(facts, "ownRights").found).toContain(`it lacks ${action} at ${formatId(contoso)}.`);
  });

  it("is unknown where none is attached and the policy names none", () => {
    const desired = { kind: "blocked", reason: "NoRegistryAllowed", message: "No rule covers it." } as const;
    const facts = withoutRegistry(factsOf({ workspace: workspaceOf(), desired }));
    expect(lineOf(facts, "registry")).toMatchObject({ status: "unknown" });
    const attached = lineOf(facts, "attached");
    expect(attached).toMatchObject({ status: "problem", found: "No registry is attached to ws. No rule covers it." });
    expect(attached.fix).toBeUndefined();
  });
});

describe("the attachment", () => {
  const hubId = workspaceId("hub");
  const project = workspaceOf({ kind: "project", hubId });

  it("that is missing is a problem, with the command that attaches what the policy wants", () => {
    expect(lineOf(factsOf({ workspace: workspaceOf() }), "attached")).toMatchObject({
      status: "problem",
      found: "No registry is attached to ws.",
      fix: [
        `az ml workspace update ${ofWorkspace} --container-registry ${formatId(contoso)} --update-dependent-resources`,
      ],
    });
  });

  it("of a project is its hub's, and is mended there", () => {
    const hub = workspaceOf({ id: hubId, kind: "hub", containerRegistry: contoso });
    expect(lineOf(factsOf({ workspace: project, hub: known(hub) }), "attached")).toMatchObject({
      status: "ok",
      found: `${formatId(contoso)} is inherited from the hub hub.`,
    });
    const bare = factsOf({ workspace: project, hub: known(workspaceOf({ id: hubId, kind: "hub" })) });
    expect(lineOf(bare, "attached").status).toBe("problem");
    expect(lineOf(bare, "attached").fix?.[0]).toContain("az ml workspace update --name hub ");
    const gone = lineOf(factsOf({ workspace: project, hub: known(undefined) }), "attached");
    expect(gone).toMatchObject({ status: "problem" });
    expect(gone.fix).toBeUndefined();
    expect(lineOf(factsOf({ workspace: project, hub: unanswered }), "attached").status).toBe("unknown");
  });

  it("that the policy does not allow, or that raced with another, is a note", () => {
    const desired = { kind: "blocked", reason: "RegistryNotAllowed", message: "Not allowed." } as const;
    expect(lineOf(factsOf({ desired }), "attached")).toMatchObject({ status: "note" });
    const attachment = {
      registryId: formatId(contoso),
      lookedAt: 1,
      attachedAt: 2,
      raced: { at: 1, actor: "someone" },
    };
    const raced = lineOf(factsOf({ memory: known(memoryOf({ attachment })) }), "attached");
    expect(raced.status).toBe("note");
    expect(raced.found).toContain("someone wrote the workspace too");
  });
});

describe("the registry's network", () => {
  const ofDetails = (more: Parameters<typeof detailsOf>[0]) =>
    factsOf({ registry: { id: contoso, details: known(detailsOf(more)) } });
  const approved = [{ name: "pe", status: "Approved" }];

  it("that is shut to everybody is a problem, with the command that opens it", () => {
    const line = lineOf(ofDetails({ publicNetworkAccess: "Disabled" }), "network");
    expect(line).toMatchObject({
      status: "problem",
      found:
        "contoso lets nobody in: public network access Disabled, default action Allow, bypass AzureServices, sku Premium; private endpoint connections: none.",
      fix: [`az acr update --name contoso ${ofRegistry} --public-network-enabled true --default-action Allow`],
    });
  });

  it("whose private endpoints wait for approval is mended by approving them", () => {
    const privateEndpoints = [{ name: "pe.1", status: "Pending" }];
    expect(lineOf(ofDetails({ publicNetworkAccess: "Disabled", privateEndpoints }), "network").fix).toEqual([
      `az acr private-endpoint-connection approve --registry-name contoso ${ofRegistry} --name pe.1`,
    ]);
  });

  it("needs the sku Premium, and trusted services let in", () => {
    const line = lineOf(
      ofDetails({ defaultAction: "Deny", sku: "Basic", networkRuleBypassOptions: "None" }),
      "network",
    );
    expect(line.found).toContain("Private endpoints need the sku Premium");
    expect(line.fix).toEqual([
      `az acr update --name contoso ${ofRegistry} --sku Premium`,
      `az acr update --name contoso ${ofRegistry} --default-action Allow`,
      `az acr update --name contoso ${ofRegistry} --allow-trusted-services true`,
    ]);
  });

  it("that lets in private endpoints or some addresses is a note", () => {
    expect(lineOf(ofDetails({ publicNetworkAccess: "Disabled", privateEndpoints: approved }), "network")).toMatchObject(
      {
        status: "note",
      },
    );
    const trusting = lineOf(
      ofDetails({ defaultAction: "Deny", privateEndpoints: approved, networkRuleBypassOptions: "None" }),
      "network",
    );
    expect(trusting.fix).toEqual([`az acr update --name contoso ${ofRegistry} --allow-trusted-services true`]);
    const some = lineOf(ofDetails({ defaultAction: "Deny", ipRules: ["10.0.0.0/8"] }), "network");
    expect(some).toMatchObject({ status: "note" });
    expect(some.found).toContain("lets in 10.0.0.0/8 only");
  });

  it("takes a compute that builds images where it is restricted", () => {
    const shut = ofDetails({ publicNetworkAccess: "Disabled", privateEndpoints: approved });
    expect(lineOf(shut, "imageBuild")).toMatchObject({
      status: "problem",
      fix: [`az ml workspace update ${ofWorkspace} --image-build-compute NAME_OF_A_CPU_CLUSTER`],
    });
    const workspace = workspaceOf({ containerRegistry: contoso, imageBuildCompute: "cpu" });
    expect(lineOf({ ...shut, workspace }, "imageBuild")).toMatchObject({ status: "ok" });
    const hub = known(workspaceOf({ kind: "hub", imageBuildCompute: "cpu" }));
    expect(lineOf({ ...shut, hub }, "imageBuild").found).toContain("the compute cpu builds images");
  });
});

describe("the login", () => {
  it("with tokens for ARM that the registry refuses is a problem, with the command that lets them in", () => {
    const facts = factsOf({ registry: { id: contoso, details: known(detailsOf({ armTokensMayLogIn: false })) } });
    expect(lineOf(facts, "login")).toMatchObject({
      status: "problem",
      fix: [`az acr config authentication-as-arm update --registry contoso ${ofRegistry} --status enabled`],
    });
  });

  it("as the admin user is noted", () => {
    const facts = factsOf({ registry: { id: contoso, details: known(detailsOf({ adminUserEnabled: true })) } });
    expect(lineOf(facts, "login")).toMatchObject({ status: "note" });
  });
});
