import { createHash } from "node:crypto";

import { idKey } from "./arm-id.ts";

export interface Image {
  readonly repository: string;
  /** Empty for what is known by its digest only. */
  readonly tag: string;
  readonly digest: string;
  readonly createdOn: string;
  readonly lastUpdatedOn: string;
}

/** Tags by repository, as in a fixture. */
export type Repositories = Readonly<Record<string, readonly string[]>>;

/** The images of registries, by the id of a registry of ours or the host of one out there. */
export class Images {
  readonly #registries = new Map<string, Map<string, Image>>();

  put(registry: string, repository: string, tag: string, digest: string, now: number): void {
    const images = this.#registries.get(idKey(registry)) ?? new Map<string, Image>();
    const time = new Date(now).toISOString();
    const key = tag === "" ? `${repository}@${digest}` : `${repository}:${tag}`;
    const createdOn = images.get(key)?.createdOn ?? time;
    images.set(key, { repository, tag, digest, createdOn, lastUpdatedOn: time });
    this.#registries.set(idKey(registry), images);
  }

  /** Replaces all that a registry has. */
  replace(registry: string, repositories: Repositories, now: number): void {
    this.drop(registry);
    for (const [repository, tags] of Object.entries(repositories)) {
      for (const tag of tags) this.put(registry, repository, tag, digestOf(`${repository}:${tag}`), now);
    }
  }

  drop(registry: string): void {
    this.#registries.delete(idKey(registry));
  }

  /** By `repository:tag` or `repository@sha256:…`; without a tag it is `latest`. */
  find(registry: string, image: string): Image | undefined {
    const { repository, tag, digest } = parseImage(image);
    const found = this.#registries.get(idKey(registry));
    if (digest === undefined) return found?.get(`${repository}:${tag}`);
    return this.of(registry, repository).find((one) => one.digest === digest);
  }

  /** Those of one repository, or all. */
  of(registry: string, repository?: string): Image[] {
    const images = [...(this.#registries.get(idKey(registry))?.values() ?? [])];
    return images.filter((one) => repository === undefined || one.repository === repository);
  }

  /** As a fixture has them. */
  repositories(registry: string): Record<string, string[]> {
    const byRepository: Record<string, string[]> = {};
    for (const { repository, tag } of this.of(registry)) {
      const tags = (byRepository[repository] ??= []);
      if (tag !== "") tags.push(tag);
    }
    return byRepository;
  }
}

export function parseImage(image: string): { repository: string; tag: string; digest: string | undefined } {
  const [, repository = image, tag = "latest", digest] = /^([^:@]+)(?::([^:@]+))?(?:@(.+))?$/.exec(image) ?? [];
  return { repository, tag, digest };
}

/** The same text gives the same digest: whatever has this name here has it everywhere. */
function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
