import { describe, expect, it } from "vitest";
import { type DocumentedRole, documentedRoles } from "../../local/documented-rights.ts";
import { app, defaultRegistry, farSubscriptionId, otherRegistry, platformSubscriptionId } from "./cast.ts";
import { audit, everything, onboarded, onboardedGroup, onboardedHome, registryRights } from "./deployments.ts";
import { evaluate, type Evaluated, homeSubscriptionId, type Resource } from "./templates.ts";

const ROLE_DEFINITIONS = "Microsoft.Authorization/roleDefinitions";
const ROLE_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments";

/** Built-in roles, all for data, and the one type of resource on which each may be held. */
const builtIn: Readonly<Record<string, readonly [name: string, at: RegExp]>> = {
  "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": ["Storage Blob Data Owner", /\/storageAccounts\/stacrr\w+$/],
  "974c5e8b-45b9-4653-ba55-5f855dd0fb88": ["Storage Queue Data Contributor", /\/storageAccounts\/stacrr\w+$/],
  "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": ["Storage Table Data Contributor", /\/storageAccounts\/stacrr\w+$/],
  "ba92f5b4-2d11-453d-a403-e96b0029c9fe": ["Storage Blob Data Contributor", /\/containers\/dead-letters$/],
  "3913510d-42f4-4e42-8a64-420c390055eb": ["Monitoring Metrics Publisher", /\/components\/appi-[\w-]+$/],
  "d5a91429-5739-47e2-a06b-3470a27159e7": ["EventGrid Data Sender", /\/topics\/evgt-notices-\w+$/],
  "7f951dda-4ed3-4680-a7ca-43fe172d538d": ["AcrPull", /\/registries\/\w+$/],
  "b93aa761-3e63-49ed-ac28-beffa264f7ac": ["Container Registry Repository Reader", /\/registries\/\w+$/],
};

interface Definition {
  readonly id: string;
  readonly key: string;
  readonly role: DocumentedRole | undefined;
  readonly properties: Resource["properties"];
}

function definitionsOf(deployment: Evaluated): readonly Definition[] {
  return deployment.ofType(ROLE_DEFINITIONS).map(({ id, properties }) => {
    const roleName = String(properties["roleName"]);
    const [key = "", role] =
      Object.entries(documentedRoles).find(([, { roleName: name }]) => roleName.startsWith(`${name} (`)) ?? [];
    return { id: id.toLowerCase(), key, role, properties };
  });
}

/** Where an assignment is made: its scope stands in its id, or in the expression for it. */
function scopeOf({ id }: Resource): string {
  const [, before = ""] = /^(.*)\/providers\/Microsoft\.Authorization\/roleAssignments\//.exec(id) ?? [];
  const [, within = ""] = /^\[extensionResourceId\('([^']+)'/.exec(id) ?? [];
  const [, subscriptionId] = /^\[subscriptionResourceId\('([^']+)'/.exec(id) ?? [];
  return before || within || `/subscriptions/${subscriptionId ?? ""}`;
}

interface Assignment {
  readonly scope: string;
  /** Of the file of the role, or the name of a built-in one. */
  readonly role: string;
  readonly properties: Resource["properties"];
}

function assignmentsOf(deployment: Evaluated): readonly Assignment[] {
  const definitions = definitionsOf(deployment);
  return deployment.ofType(ROLE_ASSIGNMENTS).map((resource) => {
    const id = String(resource.properties["roleDefinitionId"]).toLowerCase();
    const guid = id.split("/").at(-1) ?? "";
    const own = definitions.find((definition) => definition.id.split("/").at(-1) === guid)?.key;
    return {
      scope: scopeOf(resource),
      role: own ?? builtIn[guid]?.[0] ?? `unknown: ${id}`,
      properties: resource.properties,
    };
  });
}

/** What is held at registries and their subscriptions, in the words of the role files. */
function held(deployment: Evaluated): readonly string[] {
  return assignmentsOf(deployment)
    .filter(({ role }) => role in documentedRoles || /^(AcrPull|Container)/.test(role))
    .map(({ role, scope }) => `${role} at ${scope.split("/").at(-1) ?? ""}`)
    .sort();
}

const deployments = [
  ["in audit mode", audit],
  ["with every option", everything],
  ["in the subscription of the app", onboardedHome],
  ["in another subscription", onboarded],
  ["at a management group", onboardedGroup],
] as const;

describe.each(deployments)("%s", (_where, deployment) => {
  it("custom roles are the files of infra/roles, and nothing besides", () => {
    for (const { role, properties } of definitionsOf(deployment)) {
      const { actions = [], notActions, dataActions } = role ?? {};
      const more = deployment === onboardedGroup ? ["Microsoft.Resources/subscriptions/read"] : [];
      expect(properties).toMatchObject({ type: "CustomRole", description: role?.description });
      expect(properties["permissions"]).toEqual([
        { actions: [...actions, ...more], notActions, ...(more.length === 0 && { dataActions }) },
      ]);
    }
  });

  it("every assignment is to an identity of this deployment, and says that it is a service principal", () => {
    const ours = [
      app.principalId,
      /^\[reference\(.*identities-.*\.outputs\.(principalId|deadLetterPrincipalId)\.value\]$/,
      /^\[reference\('[^']*\/userAssignedIdentities\/id-(acr-remediator|dead-letters)-\w+', '[\d-]+'\)\.principalId\]$/,
    ];
    for (const { properties } of assignmentsOf(deployment)) {
      const { principalId, principalType } = properties as {
        readonly principalId: string;
        readonly principalType: string;
      };
      expect(principalType).toBe("ServicePrincipal");
      expect(
        ours.some((one) => (typeof one === "string" ? one === principalId : one.test(principalId))),
        principalId,
      ).toBe(true);
    }
  });

  it("custom roles carry exactly the condition of their file", () => {
    for (const { role, properties } of assignmentsOf(deployment)) {
      const { condition = null, conditionVersion = null } = documentedRoles[role] ?? {};
      expect(properties["condition"] ?? null, role).toBe(condition);
      expect(properties["conditionVersion"] ?? null, role).toBe(conditionVersion);
    }
  });

  it("built-in roles are for data alone, each at the one resource that it is for", () => {
    for (const { role, scope } of assignmentsOf(deployment).filter(({ role }) => !(role in documentedRoles))) {
      const [, at = /never^/] = Object.values(builtIn).find(([name]) => name === role) ?? [];
      expect(scope, role).toMatch(at);
    }
  });
});

it("the right to change roles is given under a condition only", () => {
  const mighty = Object.values(documentedRoles).filter(({ actions }) =>
    actions.some((action) => /roleAssignments\/(write|delete)$/.test(action)),
  );
  expect(mighty.map(({ condition }) => condition === null)).toEqual([false, false]);
});

it("in audit mode the app reads registries and may change nothing there", () => {
  expect(held(audit)).toEqual(["registry-reader at contosoml", `role-reader at ${platformSubscriptionId}`]);
});

it("nor does it whatever else is switched on", async () => {
  const adminUserRegistries = [defaultRegistry.toLowerCase()];
  const wanted = { isEnforcing: false, prunes: true, requiresImages: true, adminUserRegistries };
  expect(held(await registryRights(wanted))).toEqual([
    "AcrPull at contosoml",
    "Container Registry Repository Reader at contosoml",
    "registry-reader at contosoml",
    `role-reader at ${homeSubscriptionId}`,
  ]);
});

it("each opt-in brings its role, and only where it is on", async () => {
  const always = ["grants at contosoml", "registry-reader at contosoml", `role-reader at ${homeSubscriptionId}`];
  const with_ = async (wanted: Parameters<typeof registryRights>[0]): Promise<readonly string[]> =>
    held(await registryRights(wanted));
  expect(await with_({})).toEqual(always);
  expect(await with_({ prunes: true })).toEqual([...always, "prune at contosoml"].sort());
  expect(await with_({ requiresImages: true })).toEqual(
    [
      ...always,
      "images at contosoml",
      "AcrPull at contosoml",
      "Container Registry Repository Reader at contosoml",
    ].sort(),
  );
  expect(await with_({ adminUserRegistries: [defaultRegistry.toLowerCase()] })).toEqual(
    [...always, "admin-user at contosoml"].sort(),
  );
});

it("with every option each registry gets what is for it, and each of their subscriptions its own roles", () => {
  const perRegistry = [
    "grants",
    "images",
    "prune",
    "registry-reader",
    "AcrPull",
    "Container Registry Repository Reader",
  ];
  expect(held(everything)).toEqual(
    [
      ...perRegistry.flatMap((role) => [`${role} at contosoml`, `${role} at shared`]),
      "admin-user at shared",
      `role-reader at ${platformSubscriptionId}`,
      `role-reader at ${farSubscriptionId}`,
      `reconciler at ${homeSubscriptionId}`,
    ].sort(),
  );
  const subscriptions = definitionsOf(everything).map(({ key, id }) => `${key} in ${id.split("/")[2] ?? ""}`);
  expect(new Set(subscriptions).size).toBe(subscriptions.length);
  const scopes = assignmentsOf(everything).map(({ scope }) => scope.toLowerCase());
  expect(scopes).toContain(otherRegistry.toLowerCase());
});

it("a name of a role is not used twice in a tenant, and no longer than Azure takes", () => {
  const names = [audit, onboarded, onboardedGroup]
    .flatMap(definitionsOf)
    .map(({ properties }) => String(properties["roleName"]));
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => name.length > 512)).toEqual([]);
});

it.each([
  ["in the subscription of the app", onboardedHome],
  ["in another one", onboarded],
])("a subscription with workspaces gets the role for them and no other (%s)", (_where, deployment) => {
  expect(assignmentsOf(deployment).map(({ role }) => role)).toEqual(["reconciler"]);
});

it("a subscription is known whatever the casing in which the settings name it", async () => {
  const deployment = await evaluate("onboard.bicep", {
    app: { ...app, subscriptionIds: [homeSubscriptionId.toUpperCase()] },
  });
  expect(assignmentsOf(deployment).map(({ role }) => role)).toEqual(["reconciler"]);
});

it("a subscription that the settings do not name gives no right: it may have registries only, or lie in a management group", async () => {
  const deployment = await evaluate("onboard.bicep", { app: { ...app, subscriptionIds: [farSubscriptionId] } });
  expect([...deployment.ofType(ROLE_DEFINITIONS), ...deployment.ofType(ROLE_ASSIGNMENTS)]).toEqual([]);
});
