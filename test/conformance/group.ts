/** The resource group that everything is made in: one that is there for nothing else. */
import { groupId, type Place, send } from "./place.ts";

/** The tag that a person puts on a group to say that whatever lies in it may be deleted. */
export const throwAwayTag = { name: "acr-remediator-conformance", value: "throw-away" } as const;
const version = "api-version=2021-04-01";

/** Why nothing is done. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/**
 * The location of the group.
 * @throws RefusedError unless the group exists, has the tag, and is empty
 */
export async function throwAwayGroup(place: Place): Promise<string> {
  const id = groupId(place);
  const group = await send(place, "GET", `${id}?${version}`).catch((error: unknown) => {
    const [words = ""] = String(error).split("\n");
    throw new RefusedError(`Azure cannot be asked: ${words} Is somebody signed in (az login)?`, { cause: error });
  });
  if (group.status !== 200)
    throw new RefusedError(`${id} cannot be read: ${group.status} ${group.code ?? ""} ${group.message}`);
  const { location, tags } = group.body as { location: string; tags?: Readonly<Record<string, string>> };
  const { name, value } = throwAwayTag;
  if (tags?.[name] !== value)
    throw new RefusedError(
      `The resource group ${place.resourceGroup} is not marked as one to throw away. If nothing in it matters:\n` +
        `az tag update --operation Merge --tags ${name}=${value} --resource-id ${id}`,
    );
  const inside = await namesIn(place);
  if (inside.length > 0)
    throw new RefusedError(
      `The resource group ${place.resourceGroup} is not empty: ${inside.join(", ")}. Delete what lies in it first.`,
    );
  return location;
}

/** What lies in the group: type and name of each. */
async function namesIn(place: Place): Promise<readonly string[]> {
  const { status, body, message } = await send(place, "GET", `${groupId(place)}/resources?${version}`);
  if (status !== 200)
    throw new RefusedError(`What lies in ${place.resourceGroup} cannot be read: ${status} ${message}`);
  const { value } = body as { value: readonly { type: string; name: string }[] };
  return value.map(({ type, name }) => `${type}/${name}`);
}

/** The tenant of the place's subscription. */
export async function tenantOf(place: Place): Promise<string> {
  const { status, body, message } = await send(
    place,
    "GET",
    `/subscriptions/${place.subscriptionId}?api-version=2022-12-01`,
  );
  if (status !== 200)
    throw new RefusedError(`The subscription ${place.subscriptionId} cannot be read: ${status} ${message}`);
  return (body as { tenantId: string }).tenantId;
}
