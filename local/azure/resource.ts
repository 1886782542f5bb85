import { parseResourceId } from "./arm-id.ts";
import type { IdentityInput, ResourceInput } from "./fixture.ts";
import { defaults } from "./resource-defaults.ts";
import { WORKSPACE } from "./resource-types.ts";

export type Json = Record<string, unknown>;

/** A resource as the stand-in keeps it; what a reader sees of it depends on the api-version and the time. */
export interface Resource extends ResourceInput {
  readonly name: string;
  /** In the provider's own casing. */
  readonly type: string;
  readonly location: string;
  readonly tags: Record<string, string>;
  readonly properties: Json;
}

export * from "./resource-types.ts";

/** The resource with its service's defaults; throws for a type that is not modelled. */
export function completeResource(input: ResourceInput, now: number): Resource {
  const parsed = parseResourceId(input.id);
  const type = Object.keys(defaults).find((known) => known.toLowerCase() === parsed?.type.toLowerCase());
  const fill = type === undefined ? undefined : defaults[type];
  if (!parsed || type === undefined || !fill) {
    throw new TypeError(`${input.id}: not modelled; modelled are ${Object.keys(defaults).join(", ")}`);
  }
  const standard = fill(parsed.name, input.id, new Date(now).toISOString());
  const identity: IdentityInput | undefined =
    input.identity ?? (type === WORKSPACE ? { type: "SystemAssigned" } : undefined);
  return {
    ...standard,
    ...input,
    ...(identity && { identity }),
    name: parsed.name,
    type,
    location: input.location ?? "westeurope",
    tags: input.tags ?? {},
    properties: { ...standard.properties, ...input.properties },
  };
}

/** Whether the identity's type names this kind, however it is spaced and cased. */
export function hasIdentityKind(identity: IdentityInput | undefined, kind: "SystemAssigned" | "UserAssigned"): boolean {
  return (identity?.type ?? "")
    .toLowerCase()
    .split(",")
    .some((part) => part.trim() === kind.toLowerCase());
}

/** The resource after a PATCH: properties are merged one by one, everything else that is given replaces what was there. */
export function mergeResource(resource: Resource, changes: Json): Json {
  const { id, location, kind, tags, identity, sku, properties } = resource;
  const current: Json = { id, location, kind, tags, identity, sku };
  const given = Object.entries(withoutNothing(changes)).filter(([name]) => name !== "id" && name in current);
  return {
    ...withoutNothing(current),
    ...Object.fromEntries(given),
    properties: { ...properties, ...(changes.properties as Json | undefined) },
  };
}

/** Without what is undefined or null. */
export function withoutNothing(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== null));
}
