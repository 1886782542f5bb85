/** Names of images, by the grammar that registries share (OCI Distribution Specification 1.1, "Pulling manifests"). */

/** An image by its name in a registry. */
export interface ImageName {
  readonly repository: string;
  /** A tag, or a digest: `sha256:…`. */
  readonly reference: string;
}

/** An image by its name in the registry of a host. */
export interface ImageSource extends ImageName {
  /** Lower case, with a port where one is given. */
  readonly host: string;
}

const part = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const repositoryPattern = new RegExp(`^${part}(?:/${part})*$`);
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;
/** A name that the public DNS may know: no address, and nothing without a dot, which would be this or that machine nearby. */
const hostPattern = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?(?::[0-9]{1,5})?$/;
const longestRepository = 255;

/**
 * Parses `repository[:tag]` or `repository@sha256:…`; without either the tag is `latest`.
 * @throws Error saying what is wrong
 */
export function parseImageName(text: string): ImageName {
  const at = text.indexOf("@");
  const colon = text.indexOf(":");
  const [end, isTagged] = at >= 0 ? [at, false] : [colon >= 0 ? colon : text.length, true];
  const repository = text.slice(0, end);
  const reference = end === text.length ? "latest" : text.slice(end + 1);
  if (repository.length > longestRepository || !repositoryPattern.test(repository))
    throw new Error(
      `${JSON.stringify(repository)} is no repository: words of lower-case letters and digits, joined by one of . _ - and separated by /`,
    );
  if (isTagged && !tagPattern.test(reference))
    throw new Error(`${JSON.stringify(reference)} is no tag: letters, digits and . _ -, 128 at most`);
  if (!isTagged && !digestPattern.test(reference))
    throw new Error(`${JSON.stringify(reference)} is no digest: sha256: and 64 of the digits 0-9 a-f`);
  return { repository, reference };
}

/**
 * Parses `host/repository[:tag]` or `host/repository@sha256:…`.
 * @throws Error saying what is wrong
 */
export function parseImageSource(text: string): ImageSource {
  const slash = text.indexOf("/");
  const host = text.slice(0, Math.max(slash, 0)).toLowerCase();
  if (!hostPattern.test(host))
    throw new Error(
      `${JSON.stringify(host)} is not the host of a registry: a DNS name with a dot, such as docker.io or contoso.azurecr.io`,
    );
  const image = parseImageName(text.slice(slash + 1));
  if (host === "docker.io" && !image.repository.includes("/"))
    throw new Error(`Docker Hub calls it docker.io/library/${image.repository}`);
  return { host, ...image };
}

/** Whether an image is named by its content. */
export function isDigest({ reference }: ImageName): boolean {
  return reference.includes(":");
}

/** `repository:tag` or `repository@sha256:…`. */
export function formatImage(image: ImageName): string {
  return `${image.repository}${isDigest(image) ? "@" : ":"}${image.reference}`;
}

/** `host/repository:tag` or `host/repository@sha256:…`. */
export function formatSource(source: ImageSource): string {
  return `${source.host}/${formatImage(source)}`;
}
