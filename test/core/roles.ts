import type { Permission } from "../../src/core/pull-permission.ts";

/** Built-in roles by what they permit, as far as pulling is concerned. */
export const roles = {
  AcrPull: actions("Microsoft.ContainerRegistry/registries/pull/read"),
  "Container Registry Repository Reader": dataActions(
    "Microsoft.ContainerRegistry/registries/repositories/metadata/read",
    "Microsoft.ContainerRegistry/registries/repositories/content/read",
  ),
  Reader: actions("*/read"),
  Owner: actions("*"),
  AcrImageSigner: actions("Microsoft.ContainerRegistry/registries/sign/write"),
} as const satisfies Record<string, readonly Permission[]>;

/** The GUIDs of built-in role definitions (Microsoft Learn, "Azure built-in roles"). */
export const roleIds: Readonly<Record<RoleName, string>> = {
  AcrPull: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
  "Container Registry Repository Reader": "b93aa761-3e63-49ed-ac28-beffa264f7ac",
  Reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
  Owner: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
  AcrImageSigner: "6cef56e8-d556-48e5-a04f-b8e64114680f",
};

/** The role that a GUID is of. */
export function roleOf(id: string): RoleName {
  const found = Object.entries(roleIds).find(([, one]) => one === id);
  if (found === undefined) throw new Error(`No role is ${id}.`);
  return found[0] as RoleName;
}

export type RoleName = keyof typeof roles;

export function actions(...allowed: string[]): readonly Permission[] {
  return [{ actions: allowed, notActions: [], dataActions: [], notDataActions: [] }];
}

export function dataActions(...allowed: string[]): readonly Permission[] {
  return [{ actions: [], notActions: [], dataActions: allowed, notDataActions: [] }];
}
