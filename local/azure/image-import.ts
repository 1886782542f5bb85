import { z } from "zod";

import { badRequest } from "./arm-error.ts";
import { type Image, parseImage } from "./images.ts";
import type { Operation } from "./operations.ts";
import type { Json, Resource } from "./resource.ts";
import type { World } from "./world.ts";

const importSchema = z.object({
  source: z.object({ registryUri: z.string().optional(), resourceId: z.string().optional(), sourceImage: z.string() }),
  targetTags: z.array(z.string()).default([]),
  untaggedTargetRepositories: z.array(z.string()).default([]),
  mode: z.enum(["NoForce", "Force"]).default("NoForce"),
});

export type ImportOrder = z.output<typeof importSchema>;

/** Names that mean Docker Hub. */
const DOCKER_HUB = /^(index\.docker\.io|registry\.hub\.docker\.com|registry-1\.docker\.io)$/;

/** The body of an import; throws 400. Of sources, only registries out there are modelled. */
export function parseImport(body: Json): ImportOrder {
  const parsed = importSchema.safeParse(body);
  if (!parsed.success) throw badRequest(z.prettifyError(parsed.error), "InvalidRequestContent");
  if (parsed.data.source.resourceId !== undefined)
    throw new TypeError("importImage: source.resourceId is not modelled");
  return parsed.data;
}

/** Why it cannot be done: the source has no such image, or a tag is taken and not to be overwritten. */
export function importFailure(world: World, registry: Resource, order: ImportOrder): Operation["failure"] {
  const { repository, tag } = parseImage(order.source.sourceImage);
  if (!sourceOf(world, order)) {
    const { registryUri = "" } = order.source;
    const source = `Repo: ${registryUri}/${repository} Tag: ${tag} Manifest: `;
    return failure("InvalidParameters", registry, `Unable to find manifest digest  ${source}`);
  }
  const taken = targetsOf(order).find((target) => world.images.find(registry.id, target));
  if (taken === undefined || order.mode === "Force") return undefined;
  return failure("Conflict", registry, `Tag ${taken} already exists in target registry.`);
}

export function carryOut(world: World, registry: Resource, order: ImportOrder, at: number): void {
  const source = sourceOf(world, order);
  if (!source) return;
  for (const target of targetsOf(order)) {
    const { repository, tag } = parseImage(target);
    world.images.put(registry.id, repository, tag, source.digest, at);
  }
  for (const repository of order.untaggedTargetRepositories)
    world.images.put(registry.id, repository, "", source.digest, at);
}

function sourceOf(world: World, { source: { registryUri = "", sourceImage } }: ImportOrder): Image | undefined {
  const host = registryUri
    .replace(/^https:\/\//, "")
    .replace(/\/+$/, "")
    .toLowerCase();
  return world.images.find(host.replace(DOCKER_HUB, "docker.io"), sourceImage);
}

/** As `repository:tag`; a target without a tag takes the source's, and no target at all is the source's name. */
function targetsOf({ source: { sourceImage }, targetTags, untaggedTargetRepositories }: ImportOrder): string[] {
  const { tag } = parseImage(sourceImage);
  const isNamed = targetTags.length > 0 || untaggedTargetRepositories.length > 0;
  const targets = isNamed ? targetTags : [sourceImage];
  return targets.map((target) => {
    const { repository, tag: own } = parseImage(target);
    return `${repository}:${target.includes(":") ? own : tag}`;
  });
}

function failure(code: string, { id }: Resource, message: string): Operation["failure"] {
  return { code, message: `Operation registries-import failed. Resource ${id} ${message}` };
}
