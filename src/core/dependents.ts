import { type IndexName, type WorkspaceIndex } from "./ports.ts";
import { parseResourceId, sameText, type WorkspaceId } from "./arm-id.ts";
import type { Seen } from "./memory.ts";

const indexed: Readonly<Record<IndexName, "registryId" | "storageAccountId">> = {
  registry: "registryId",
  storageAccount: "storageAccountId",
};

/**
 * Adds the rows that lead to a workspace from what a look saw. Called as soon as it was seen, as {@link unlist} is called
 * after it was remembered: cut off in between, a row too many is left, never one too few.
 * @param repair adds them also when they should be there already
 */
export async function list(
  workspace: WorkspaceId,
  before: Seen | undefined,
  now: Seen | undefined,
  index: WorkspaceIndex,
  repair: boolean,
): Promise<void> {
  for (const [name, id] of resources(now))
    if (repair || !isSame(before?.[indexed[name]], id)) await index.put(name, parseResourceId(id), workspace);
}

/** Removes the rows of what a look no longer saw. */
export async function unlist(
  workspace: WorkspaceId,
  before: Seen | undefined,
  now: Seen | undefined,
  index: WorkspaceIndex,
): Promise<void> {
  for (const [name, id] of resources(before))
    if (!isSame(now?.[indexed[name]], id)) await index.remove(name, parseResourceId(id), workspace);
}

function resources(seen: Seen | undefined): readonly (readonly [IndexName, string])[] {
  return (Object.entries(indexed) as [IndexName, "registryId" | "storageAccountId"][]).flatMap(([name, field]) => {
    const id = seen?.[field];
    return id === undefined ? [] : [[name, id] as const];
  });
}

function isSame(one: string | undefined, other: string): boolean {
  return one !== undefined && sameText(one, other);
}
