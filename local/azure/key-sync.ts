import { idKey } from "./arm-id.ts";
import type { Json, Resource } from "./resource.ts";

/**
 * What a workspace has stored of its dependencies' keys, and whether that is still current.
 *
 * No API of Azure answers this; only the stand-in knows, so that tests can ask whether a sync was really due and done.
 */
export class KeySync {
  readonly #stored = new Map<string, string>();
  readonly #find: (id: string) => Resource | undefined;

  constructor(find: (id: string) => Resource | undefined) {
    this.#find = find;
  }

  /** What the workspace would store if it read its dependencies' keys now. */
  snapshot(workspace: Resource): string {
    const registry = this.#dependency(workspace.properties.containerRegistry);
    const storage = this.#dependency(workspace.properties.storageAccount);
    return JSON.stringify({
      registry: registry && idKey(registry.id),
      adminUser: registry?.properties.adminUserEnabled === true && (registry.properties[CREDENTIAL_GENERATION] ?? 0),
      storage: storage && idKey(storage.id),
      storageKeys: storage?.properties.keyCreationTime,
      applicationInsights: workspace.properties.applicationInsights,
    });
  }

  store(workspaceId: string, snapshot: string): void {
    this.#stored.set(idKey(workspaceId), snapshot);
  }

  isCurrent(workspace: Resource): boolean {
    return this.#stored.get(idKey(workspace.id)) === this.snapshot(workspace);
  }

  /** Whether the admin user's password that the workspace has stored is the one its registry has now. */
  hasAdminPassword(workspace: Resource): boolean {
    const stored = JSON.parse(this.#stored.get(idKey(workspace.id)) ?? "{}") as Json;
    const current = JSON.parse(this.snapshot(workspace)) as Json;
    return (
      current.adminUser !== false && stored.registry === current.registry && stored.adminUser === current.adminUser
    );
  }

  #dependency(id: unknown): Resource | undefined {
    return typeof id === "string" ? this.#find(id) : undefined;
  }
}

/** A property nobody sees: how often the registry's admin passwords were regenerated. */
export const CREDENTIAL_GENERATION = "$credentialGeneration";

/** The properties that readers may see. */
export function visibleProperties(properties: Json): Json {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !name.startsWith("$")));
}
