import { REGISTRY, type Resource } from "./resource.ts";
import type { World } from "./world.ts";

/** The workspace whose dependencies this one uses: its hub where it is a project, else itself; `at` asks of an earlier time. */
export function hubOf(world: World, workspace: Resource, at?: number): Resource | undefined {
  const { hubResourceId } = workspace.properties;
  return typeof hubResourceId === "string" ? world.get(hubResourceId, at) : workspace;
}

/** The registry that a workspace's images are pulled from, where it is there. */
export function registryOf(world: World, workspace: Resource): Resource | undefined {
  const id = hubOf(world, workspace)?.properties.containerRegistry;
  const registry = typeof id === "string" ? world.get(id) : undefined;
  return registry?.type === REGISTRY ? registry : undefined;
}
