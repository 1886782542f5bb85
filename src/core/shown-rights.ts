import { formatId, idKey, type RegistryId, sameText, textKey } from "./arm-id.ts";
import type { Proved } from "./baseline.ts";
import { CompactTable } from "./compact-table.ts";
import type { ShownAssignment } from "./fleet.ts";
import type { FoundRegistry, ObservedRegistry } from "./observation.ts";
import { pullRoles } from "./pull-permission.ts";

/** Who holds the right to pull, by the role assignments that a sweep was shown. */
export class ShownRights {
  readonly #grants: CompactTable;
  readonly #shown: CompactTable;
  /** Of registries as they were read: many workspaces share one. */
  readonly #scopes = new WeakMap<ObservedRegistry, readonly string[]>();

  constructor(hash: (text: string) => string) {
    this.#grants = new CompactTable(hash);
    this.#shown = new CompactTable(hash);
  }

  /** One with a condition proves nothing. */
  add({ id, principalId, scope, roleId, isConditional }: ShownAssignment): void {
    if (isConditional) return;
    this.#shown.set(textKey(id));
    this.#grants.set(grantKey(principalId, scope, roleId));
  }

  /** Whether a principal holds the right to pull from a registry by itself, or as was proved earlier. */
  holds(principalId: string, registry: FoundRegistry, proved: Proved | undefined): boolean {
    const roleId = pullRoles[registry.mode].id;
    const scopes = this.#scopes.get(registry) ?? scopesOf(registry.id);
    this.#scopes.set(registry, scopes);
    if (scopes.some((scope) => this.#grants.has(grantKey(principalId, scope, roleId)))) return true;
    if (proved === undefined || proved.mode !== registry.mode) return false;
    if (!sameText(proved.registryId, formatId(registry.id))) return false;
    return proved.proofs.some(
      (proof) =>
        sameText(proof.principalId, principalId) &&
        (proof.assignmentId === undefined ? registry.adminUserEnabled : this.#shown.has(textKey(proof.assignmentId))),
    );
  }
}

function grantKey(principalId: string, scope: string, roleId: string): string {
  return textKey(`${principalId} ${scope} ${roleId}`);
}

/** The registry and what it lies in, up to its subscription. */
function scopesOf(registry: RegistryId): readonly string[] {
  const [, subscriptions = "", subscriptionId = "", groups = "", group = ""] = idKey(registry).split("/");
  const subscription = `/${subscriptions}/${subscriptionId}`;
  return [formatId(registry), `${subscription}/${groups}/${group}`, subscription];
}
