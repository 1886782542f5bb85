import { describe, expect, it } from "vitest";
import { until } from "../../local/until.ts";
import { type Problem, remediate, settled, type State, stateOf, useStack, wholeRemediation, writesFor } from "./app.ts";
import { enforcing, platform, registryIdOf, subscriptionId, workspace, workspaceIdOf } from "./cast.ts";
import { leaksIn } from "./secrets.ts";

const missing = registryIdOf("neverbuilt");
const readOnly = registryIdOf("readonly");
const hidden = registryIdOf("hidden");
const all = "*";

/** The app may do everything but: sync `unsynced`, write to `unwritable`, read `unreadable` and the registry `hidden`, grant on `readonly`. */
const permissions = [
  { scope: workspaceIdOf("unsynced"), actions: [all], notActions: ["*/resynckeys/action"] },
  { scope: workspaceIdOf("unwritable"), actions: [all], notActions: ["*/workspaces/write"] },
  { scope: readOnly, actions: ["*/read"] },
  ...["throttled", "flaky", "no-registry", "hidden-registry", "ungranted"].map((name) => {
    return { scope: workspaceIdOf(name), actions: [all] };
  }),
  ...platform.map(({ id: scope }) => ({ scope, actions: [all] })),
  { scope: `/subscriptions/${subscriptionId}`, actions: ["Microsoft.Authorization/*/read"] },
  { scope: missing, actions: [all] },
];

// Waits take a thousandth: a permission counts as young for 1.8 s, and what is blocked is looked at again after 3.6 s.
const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [{ subscriptionId }],
      self: { permissions },
      resources: [
        ...platform,
        { id: readOnly },
        { id: hidden },
        ...["unsynced", "unwritable", "unreadable", "throttled", "flaky"].map((name) => workspace(name)),
        workspace("no-registry", { location: "northeurope" }),
        workspace("ungranted", { location: "swedencentral" }),
        workspace("hidden-registry", { location: "francecentral" }),
      ],
    },
  },
  settings: {
    ...enforcing,
    REMEDIATOR_WAIT_SCALE: "0.001",
    REMEDIATOR_REGISTRY_RULES: JSON.stringify([
      { location: "northeurope", registryIds: [missing] },
      { location: "swedencentral", registryIds: [readOnly] },
      { location: "francecentral", registryIds: [hidden] },
    ]),
  },
  events: "none",
});

const workspaces = "Microsoft.MachineLearningServices/workspaces";

describe("a missing permission", () => {
  it.concurrent.each([
    ["unsynced", `${workspaces}/resynckeys/action`, workspaceIdOf("unsynced"), "sync keys of unsynced"],
    ["unwritable", `${workspaces}/write`, workspaceIdOf("unwritable"), "attach contosoml to unwritable"],
    ["unreadable", `${workspaces}/read`, workspaceIdOf("unreadable"), "read the workspace unreadable"],
    ["ungranted", "Microsoft.Authorization/roleAssignments/write", readOnly, "grant AcrPull on readonly"],
    ["hidden-registry", "Microsoft.ContainerRegistry/registries/read", hidden, "read the registry hidden"],
  ])("of %s is waited for while it may be young, then blocks, naming %s", async (name, action, scope, what) => {
    const id = workspaceIdOf(name);
    await remediate(stack.host, id, "wait=0");
    const state = await settled(stack.host, id);
    expect(state).toMatchObject({ outcome: "blocked", reason: "MissingPermission" });
    expect(state.message).toContain(`Could not ${what}`);
    expect(state.message).toContain(`our identity lacks ${action} at ${scope}`);
    expect(state.message).toContain("Azure said AuthorizationFailed");
    expect(state.history.map(({ outcome }) => outcome?.reason)).toContain("PermissionsYoung");
    expect(state.retryAt).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it.each([
    ["unreadable", `${workspaces}/read`, workspaceIdOf("unreadable")],
    ["hidden-registry", "Microsoft.ContainerRegistry/registries/read", hidden],
  ])("that a dry run of %s needs is answered 403, naming it", async (name, action, scope) => {
    const { status, body } = await remediate(stack.host, workspaceIdOf(name), "dryRun=true");
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: "MissingPermission", title: "Azure could not be asked." });
    expect((body as Problem).detail).toContain(`our identity lacks ${action} at ${scope}`);
  });

  it("is noticed by nobody's asking once it was given, and the workspace is put right", async () => {
    const id = workspaceIdOf("ungranted");
    stack.azure.world.setPermissions([{ scope: "/", actions: [all] }]);
    try {
      await until(`${id} to be put right`, async () => {
        const state = await stateOf(stack.host, id);
        return state?.outcome === "remediated" || state?.outcome === "compliant";
      });
    } finally {
      stack.azure.world.setPermissions(permissions);
    }
    expect(writesFor(stack.azure, id).filter((write) => write === "POST resyncKeys")).toHaveLength(1);
    const held = stack.azure.world.roles.assignments().filter(({ scope }) => scope === readOnly);
    expect(held).toHaveLength(1);
  });
});

it("a registry that does not exist blocks, saying which one and what to do, and nothing is written", async () => {
  const id = workspaceIdOf("no-registry");
  const { status, body } = await remediate(stack.host, id);
  expect(status).toBe(200);
  expect(body).toMatchObject({ outcome: "blocked", reason: "RegistryNotFound" });
  expect((body as State).message).toBe(
    `The registry ${missing} does not exist, or is not visible to our identity. Create it, correct the policy, or grant Microsoft.ContainerRegistry/registries/read on it.`,
  );
  expect(writesFor(stack.azure, id)).toEqual([]);
});

describe("Azure's throttling", () => {
  const id = workspaceIdOf("throttled");
  const refusal = { status: 429, code: "TooManyRequests", message: "Slow down.", headers: { "retry-after": "2" } };
  const throttle = (): void => {
    stack.azure.setFaults([{ match: { method: "GET", path: "workspaces/throttled$" }, times: 1, respond: refusal }]);
  };

  it("answers a dry run 503 with Azure's own Retry-After", async () => {
    throttle();
    const { status, headers, body } = await remediate(stack.host, id, "dryRun=true");
    expect(status).toBe(503);
    expect(headers.get("retry-after")).toBe("2");
    expect(body).toMatchObject({ code: "AzureUnavailable", title: "Azure could not be asked." });
    expect((body as Problem).detail).toBe(
      "Could not read the workspace throttled. Azure said TooManyRequests: Slow down.",
    );
  });

  it("is waited out as long as Azure says, and then the workspace is put right", async () => {
    throttle();
    const first = await remediate(stack.host, id, "wait=1");
    expect(first.status).toBe(202);
    const { outcome, history } = await settled(stack.host, id);
    expect(outcome).toMatch(/remediated|compliant/);
    expect(history.map((entry) => entry.outcome?.reason)).toContain("Throttled");
    expect(writesFor(stack.azure, id)).toEqual(wholeRemediation);
  });
});

it("an answer of Azure that is lost on its way does not make the app write twice", async () => {
  const id = workspaceIdOf("flaky");
  const cut = { reset: true, afterEffect: true, times: 1 };
  stack.azure.setFaults([
    { match: { method: "PATCH", path: "workspaces/flaky$" }, ...cut },
    { match: { method: "GET", path: "workspaces/flaky$" }, times: 1, respond: { status: 503, code: "ServerBusy" } },
  ]);
  const { status, body } = await remediate(stack.host, id);
  expect(status).toBe(200);
  expect((body as State).outcome).toMatch(/remediated|compliant/);
  const writes = writesFor(stack.azure, id);
  expect(writes.filter((write) => write === "PATCH workspaces")).toHaveLength(1);
  expect(writes.filter((write) => write === "PUT roleAssignments")).toHaveLength(1);
  expect(stack.azure.world.keysInSync(id)).toBe(true);
});

it("no secret is in the log, in storage or in an answer", async () => {
  expect(await leaksIn(stack)).toEqual([]);
});
