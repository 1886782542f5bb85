import { idKey } from "./arm-id.ts";
import type { Json } from "./resource.ts";
import type { Answer } from "./route.ts";

/** What an answer told whoever asked, as far as it matters for what they do next. */
export type Told =
  | {
      readonly kind: "workspace";
      /** In lower case. */
      readonly workspaceId: string;
      readonly provisioningState: string;
      readonly containerRegistry: string | null;
      readonly tags: Readonly<Record<string, string>>;
    }
  | { readonly kind: "roleAssignments"; readonly ids: readonly string[] };

const WORKSPACE_PATHS = /\/workspaces\/\{name\}$|\/workspaceOperationsStatus\/\{operationId\}$/;

/** @param route the path of the route, with its braces */
export function toldBy(route: string, { status, body }: Answer): Told | null {
  if (status !== 200 || body === undefined) return null;
  // An operation may end with something else than the workspace.
  if (WORKSPACE_PATHS.test(route) && "properties" in (body as Json)) {
    const { id, tags, properties } = body as { id: string; tags: Record<string, string>; properties: Json };
    const { provisioningState, containerRegistry } = properties as { provisioningState: string } & Json;
    return {
      kind: "workspace",
      workspaceId: idKey(id),
      provisioningState,
      containerRegistry: typeof containerRegistry === "string" ? containerRegistry : null,
      tags,
    };
  }
  if (!route.endsWith("/roleAssignments")) return null;
  return { kind: "roleAssignments", ids: (body as { value: { id: string }[] }).value.map(({ id }) => id) };
}
