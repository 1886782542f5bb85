import { describe, expect, it } from "vitest";
import { call, pathOf, principalOf, type Problem, remediate, useStack, writesFor } from "./app.ts";
import {
  enforcing,
  groupId,
  platform,
  registryId,
  registryIdOf,
  subscriptionId,
  workspace,
  workspaceIdOf,
} from "./cast.ts";
import { leaksIn } from "./secrets.ts";

interface Line {
  readonly check: string;
  readonly of?: string;
  readonly status: string;
  readonly found: string;
  readonly doesNotProve: string;
  readonly fix?: readonly string[];
}

interface Diagnosis {
  readonly id: string;
  readonly verdict: string;
  readonly lines: readonly Line[];
}

const shut = registryIdOf("shut");
const shutProperties = {
  publicNetworkAccess: "Disabled",
  policies: { azureADAuthenticationAsArmPolicy: { status: "disabled" } },
};
const missing = registryIdOf("neverbuilt");
const puller = `${groupId()}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller`;
/** The registries are more than the documented rights cover. */
const everything = [{ scope: "/", actions: ["*"] }];
const [bare, broken] = ["bare", "broken"].map((name) => workspaceIdOf(name)) as [string, string];

const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [{ subscriptionId }],
      self: { permissions: everything },
      resources: [
        ...platform,
        { id: shut, properties: shutProperties },
        { id: puller },
        workspace("bare"),
        workspace("broken", { attached: shut }),
        {
          id: `${broken}/computes/cpu`,
          identity: { type: "UserAssigned", userAssignedIdentities: { [puller]: {} } },
        },
        workspace("lost", { attached: missing }),
        workspace("put-right"),
        workspace("guarded", { attached: true }),
      ],
    },
    settings: { diagnoseSeconds: 1, retryAfterSeconds: 1 },
  },
  settings: enforcing,
  events: "none",
});

function answer(workspaceId: string) {
  return call(stack.host, "GET", `${pathOf(workspaceId)}/diagnosis`);
}

async function diagnosed(workspaceId: string): Promise<Diagnosis> {
  const { status, body } = await answer(workspaceId);
  expect(status).toBe(200);
  return body as Diagnosis;
}

/** In one text each: check, about whom, status. */
function summary({ lines }: Diagnosis): string[] {
  return lines.map(({ check, of, status }) => [check, of, status].filter((part) => part !== undefined).join(" "));
}

describe("GET …/diagnosis", () => {
  it("says of a workspace without registry and right what to do by hand, in order, and does none of it", async () => {
    const { id, verdict, lines } = await diagnosed(bare);
    expect(id).toBe(bare);
    expect(verdict).toBe("No registry is attached to bare.");
    const problems = lines.filter(({ status }) => status === "problem");
    expect(problems.map(({ check }) => check)).toEqual(["attached", "pullRight"]);
    expect(problems.map(({ fix }) => fix)).toEqual([
      [
        `az ml workspace update --name bare --resource-group ml-team --subscription ${subscriptionId} --container-registry ${registryId} --update-dependent-resources`,
      ],
      [
        `az role assignment create --role AcrPull --assignee-object-id ${principalOf(stack.azure, bare)} --assignee-principal-type ServicePrincipal --scope ${registryId}`,
      ],
    ]);
    // Azure Machine Learning's own diagnosis is a POST that changes nothing.
    expect(writesFor(stack.azure, bare)).toEqual(["POST diagnose"]);
  });

  it("names everything that is broken, and what the service itself says", async () => {
    const diagnosis = await diagnosed(broken);
    expect(summary(diagnosis)).toEqual([
      "registry ok",
      "attached note",
      "identities workspace ok",
      "identities computes ok",
      "identities online endpoints ok",
      "pullRight workspace identity problem",
      "pullRight user-assigned identity puller of the compute cpu problem",
      "network problem",
      "imageBuild problem",
      "login problem",
      "buildRight ok",
      "keys unknown",
      "service containerRegistry problem",
      "service containerRegistry problem",
      "ownRights ok",
    ]);
    expect(diagnosis.verdict).toMatch(/^The workspace identity \(.*\) may not pull from shut: it holds no role there/);
  });

  it("says of a registry that does not exist that it is the first problem", async () => {
    const { verdict } = await diagnosed(workspaceIdOf("lost"));
    expect(verdict).toBe(`The registry ${missing} does not exist, or is not visible to our identity.`);
  });

  it("finds no problem at a workspace that was put right, and says what is too young to act", async () => {
    const id = workspaceIdOf("put-right");
    expect((await remediate(stack.host, id)).status).toBe(200);
    const diagnosis = await diagnosed(id);
    expect(diagnosis.verdict).toBe("No problem was found.");
    expect(new Set(diagnosis.lines.map(({ status }) => status))).toEqual(new Set(["ok", "note"]));
    expect(diagnosis.lines.find(({ check }) => check === "pullRight")?.found).toContain("it may not act yet");
    for (const { doesNotProve } of diagnosis.lines) expect(doesNotProve).not.toBe("");
  });

  it("goes on where a read is refused: its line is unknown, naming action and scope", async () => {
    const id = workspaceIdOf("guarded");
    const notActions = ["Microsoft.MachineLearningServices/workspaces/diagnose/read", "*/denyAssignments/read"];
    stack.azure.world.setPermissions([{ scope: "/", actions: ["*"], notActions }]);
    try {
      const { lines } = await diagnosed(id);
      const line = (check: string): Line | undefined => lines.find((one) => one.check === check);
      expect(line("service")?.status).toBe("unknown");
      expect(line("service")?.found).toContain(
        `our identity lacks Microsoft.MachineLearningServices/workspaces/diagnose/read at ${id}`,
      );
      expect(line("network")?.status).toBe("ok");
      expect(line("ownRights")?.found).toContain(`Microsoft.Authorization/denyAssignments/read at ${registryId}`);
    } finally {
      stack.azure.world.setPermissions(everything);
    }
  });

  it("is refused as other calls are", async () => {
    const unknown = await answer(workspaceIdOf("misspelt"));
    expect(unknown).toMatchObject({ status: 404, body: { code: "WorkspaceNotFound" } });
    const foreign = await answer(workspaceIdOf("any", "99999999-9999-4999-8999-999999999999"));
    expect(foreign).toMatchObject({ status: 403, body: { code: "SubscriptionNotInPolicy" } });
    const invalid = await call(stack.host, "GET", "/api/workspaces/nowhere/ml/name/diagnosis");
    expect(invalid).toMatchObject({ status: 400, body: { code: "InvalidWorkspacePath" } });
    expect((await call(stack.host, "GET", `${pathOf(bare)}/diagnosis`, {})).status).toBe(401);
  });

  it("answers 403 or 503 where the workspace itself cannot be read", async () => {
    stack.azure.world.setPermissions([]);
    try {
      const { status, body } = await answer(bare);
      expect(status).toBe(403);
      expect((body as Problem).detail).toContain(`Microsoft.MachineLearningServices/workspaces/read at ${bare}`);
    } finally {
      stack.azure.world.setPermissions(everything);
    }
    const respond = { status: 429, code: "TooManyRequests", headers: { "retry-after": "2" } };
    stack.azure.setFaults([{ match: { method: "GET", path: "workspaces/bare$" }, times: 1, respond }]);
    const throttled = await answer(bare);
    expect(throttled).toMatchObject({ status: 503, body: { code: "AzureUnavailable" } });
    expect(throttled.headers.get("retry-after")).toBe("2");
  });
});

it("no secret is in the log, in storage or in an answer", async () => {
  expect(await leaksIn(stack)).toEqual([]);
});
