/**
 * A path without what is different for each resource, so that few names stand for all requests:
 * `/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}`.
 */
export function urlTemplate(path: string): string {
  // Names of images may have slashes: /acr/v1/{name}/_tags/{reference} (Azure Container Registry, REST API).
  const image = /^\/acr\/v1\/.+\/(_tags|_manifests)(\/.+)?$/.exec(path);
  if (image !== null) return `/acr/v1/{}/${image[1] ?? ""}${image[2] === undefined ? "" : "/{}"}`;
  let isName = false;
  const parts = path.split("/").filter((part) => part !== "");
  const template = parts.map((part, index) => {
    if (part.toLowerCase() === "providers") {
      isName = false;
      return part;
    }
    // A provider is followed by a type, as is a name; a type is followed by a name.
    if (parts[index - 1]?.toLowerCase() === "providers") return part;
    const kept = isName ? "{}" : part;
    isName = !isName;
    return kept;
  });
  return `/${template.join("/")}`;
}
