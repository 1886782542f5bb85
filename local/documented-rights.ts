/** The rights of `infra/roles/`, assigned to the app's identity as docs/security.md says. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { formatId } from "../src/core/arm-id.ts";
import { managementGroupId } from "../src/azure/management-group-id.ts";
import { managementGroups, registryId, registryRules, subscriptionIds } from "../src/setting-values.ts";
import { guidFrom } from "./azure/directory.ts";
import { SELF } from "./azure/fixture.ts";
import type { AzureOptions, Fixture } from "./azure/index.ts";
import { STORAGE_ACCOUNT } from "./azure/resource.ts";

const roleSchema = z.strictObject({
  roleName: z.string(),
  /** What it is for. */
  description: z.string(),
  actions: z.array(z.string()),
  notActions: z.array(z.string()),
  dataActions: z.array(z.string()),
  /** Each subscription and management group of the policy, each registry of the policy, each subscription that one of those registries lies in, or each registry that `optIn` names. */
  assignTo: z.enum(["workspaceSubscription", "registry", "registrySubscription", "registryOfOptIn"]),
  /** Of its assignment. */
  condition: z.string().nullable(),
  conditionVersion: z.literal("2.0").nullable(),
  /** The app setting that asks for what the role is for: without it, or with `off`, the role is not assigned. Null for what the app cannot do without. */
  optIn: z.string().nullable(),
});

export type DocumentedRole = z.infer<typeof roleSchema>;
export type DocumentedRoles = Readonly<Record<string, DocumentedRole>>;

const folder = new URL("../infra/roles/", import.meta.url);

/** By the names of their files. */
export const documentedRoles: DocumentedRoles = Object.fromEntries(
  readdirSync(folder)
    .sort()
    .map((file) => [
      path.basename(file, ".json"),
      roleSchema.parse(JSON.parse(readFileSync(new URL(file, folder), "utf8"))),
    ]),
);

/** Where the app is to work. */
export interface Places {
  /** Ids of the subscriptions of workspaces. */
  readonly subscriptions: readonly string[];
  /** Names of the management groups of workspaces. */
  readonly managementGroups?: readonly string[];
  /** ARM ids. */
  readonly registries: readonly string[];
  /** ARM ids of the storage accounts of workspaces that lie outside of the subscriptions. */
  readonly storageAccounts: readonly string[];
  /** The app settings that ask for more. */
  readonly optIns: Readonly<Record<string, string>>;
}

/** The fixture with an app that holds these roles in these places, and no right besides. */
export function withRoles(fixture: Fixture, places: Places, roles: DocumentedRoles = documentedRoles): Fixture {
  const registrySubscriptions = [...new Set(places.registries.map((id) => subscriptionScope(id.split("/")[2] ?? "")))];
  const groups = (places.managementGroups ?? []).map(managementGroupId);
  const subscriptions = [...places.subscriptions.map(subscriptionScope), ...groups];
  const scopes = {
    workspaceSubscription: [...subscriptions, ...places.storageAccounts],
    registry: places.registries,
    registrySubscription: registrySubscriptions,
  };
  // docs/operations.md, "Management groups".
  const groupActions = groups.length === 0 ? [] : ["Microsoft.Resources/subscriptions/read"];
  const wanted = Object.entries(roles).filter(([, { optIn }]) => optIn === null || isOn(places.optIns[optIn]));
  const assignableScopes = [...new Set([...subscriptions, ...registrySubscriptions])];
  const definitions = wanted.map(([key, { roleName, description, actions, notActions, dataActions }]) => ({
    id: guidFrom(key),
    roleName,
    description,
    permissions: [{ actions: key === "reconciler" ? [...actions, ...groupActions] : actions, notActions, dataActions }],
    assignableScopes,
  }));
  const assignments = wanted.flatMap(([key, { assignTo, condition, optIn }]) =>
    (assignTo === "registryOfOptIn" ? registriesIn(places.optIns[optIn ?? ""] ?? "") : scopes[assignTo]).map(
      (scope) => ({
        scope,
        role: guidFrom(key),
        principalId: SELF,
        ...(condition !== null && { condition }),
      }),
    ),
  );
  return {
    ...fixture,
    self: { permissions: [] },
    roleDefinitions: [...(fixture.roleDefinitions ?? []), ...definitions],
    roleAssignments: [...(fixture.roleAssignments ?? []), ...assignments],
  };
}

/** The places that app settings and a fixture speak of. */
function placesOf(settings: Readonly<Record<string, string>>, { resources = [] }: Fixture): Places {
  const { REMEDIATOR_SUBSCRIPTIONS, REMEDIATOR_MANAGEMENT_GROUPS } = settings;
  const { REMEDIATOR_DEFAULT_REGISTRY, REMEDIATOR_REGISTRY_RULES } = settings;
  const subscriptions = REMEDIATOR_SUBSCRIPTIONS ? subscriptionIds(REMEDIATOR_SUBSCRIPTIONS) : [];
  const registries = [
    ...(REMEDIATOR_DEFAULT_REGISTRY ? [registryId(REMEDIATOR_DEFAULT_REGISTRY)] : []),
    ...registryRules(REMEDIATOR_REGISTRY_RULES ?? "[]").flatMap(({ registries }) => registries),
  ];
  const isStorageElsewhere = ({ id }: { readonly id: string }): boolean =>
    id.toLowerCase().includes(`/${STORAGE_ACCOUNT.toLowerCase()}/`) &&
    !subscriptions.includes(id.split("/")[2]?.toLowerCase() ?? "");
  return {
    subscriptions,
    managementGroups: REMEDIATOR_MANAGEMENT_GROUPS ? managementGroups(REMEDIATOR_MANAGEMENT_GROUPS) : [],
    registries: [...new Set(registries.map(formatId))],
    storageAccounts: resources.filter(isStorageElsewhere).map(({ id }) => id),
    optIns: settings,
  };
}

/** The same stand-in for Azure with the documented rights, unless its fixture says what the app may do. */
export function withDocumentedRights<Options extends Pick<AzureOptions, "fixture">>(
  options: Options,
  settings: Readonly<Record<string, string>>,
): Options {
  const { fixture = {} } = options;
  if (fixture.self !== undefined) return options;
  return { ...options, fixture: withRoles(fixture, placesOf(settings, fixture)) };
}

function isOn(setting: string | undefined): boolean {
  return setting !== undefined && !["", "off"].includes(setting);
}

/** The registries of a setting that lists them, separated by commas. */
function registriesIn(setting: string): string[] {
  return setting.split(",").map((id) => formatId(registryId(id)));
}

function subscriptionScope(subscriptionId: string): string {
  return `/subscriptions/${subscriptionId}`;
}
