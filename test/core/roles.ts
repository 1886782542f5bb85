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

export type RoleName = keyof typeof roles;

export function actions(...allowed: string[]): readonly Permission[] {
  return [{ actions: allowed, notActions: [], dataActions: [], notDataActions: [] }];
}

export function dataActions(...allowed: string[]): readonly Permission[] {
  return [{ actions: [], notActions: [], dataActions: allowed, notDataActions: [] }];
}
