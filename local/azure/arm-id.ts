/** The stand-in's own reading of ARM ids: deliberately not the app's, so that neither hides a mistake of the other. */

export interface ResourceId {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** `Microsoft.Namespace/type`, or `Microsoft.Namespace/type/subtype` of a child, in the casing of the id. */
  readonly type: string;
  readonly name: string;
  /** The id of the resource that a child belongs to. */
  readonly parentId: string | undefined;
}

const TOP_LEVEL = "/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/([^/]+/[^/]+)/([^/]+)";
const RESOURCE = new RegExp(`^(${TOP_LEVEL})(?:/(?!providers/)([^/]+)/([^/]+))?$`, "i");

/** The parts of the id of a resource or of a child of one, or undefined for anything else. */
export function parseResourceId(id: string): ResourceId | undefined {
  const match = RESOURCE.exec(id);
  if (!match) return undefined;
  const [, top = "", subscriptionId = "", resourceGroup = "", type = "", name = "", childType, childName] = match;
  if (childType === undefined || childName === undefined) {
    return { subscriptionId, resourceGroup, type, name, parentId: undefined };
  }
  return { subscriptionId, resourceGroup, type: `${type}/${childType}`, name: childName, parentId: top };
}

/** What two ids have in common when ARM takes them for the same: case and a closing slash do not count. */
export function idKey(id: string): string {
  const key = id.toLowerCase();
  return key.endsWith("/") ? key.replace(/\/+$/, "") : key; // asked for most of what the stand-in does
}

export function sameId(a: string, b: string): boolean {
  return idKey(a) === idKey(b);
}

/** True when `id` is `scope` or lies below it; "/" is above everything. */
export function isAtOrBelow(id: string, scope: string): boolean {
  const [inner, outer] = [idKey(id), idKey(scope)];
  return inner === outer || inner.startsWith(`${outer}/`);
}

export function subscriptionOf(id: string): string | undefined {
  return /^\/subscriptions\/([^/]+)/i.exec(id)?.[1];
}
