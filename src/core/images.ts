/** Images that the operator requires in the registry of a workspace: whether they are there, and what is to be done where they are not. */
import type { Action } from "./actions.ts";
import type { RegistryId, WorkspaceId } from "./arm-id.ts";
import { formatImage, type ImageName, type ImageSource } from "./image-name.ts";
import type { Finding } from "./outcome.ts";
import type { Ending } from "./plan.ts";
import type { Policy } from "./policy.ts";

/** Named by the operator's settings alone: neither a tag nor an event adds one, nor says where one comes from. */
export interface RequiredImage extends ImageName {
  /** Where it is imported from when it is missing. Absent: it is told that it is missing. */
  readonly importFrom?: ImageSource;
}

/** Whether a registry has an image. */
export type Presence =
  | { readonly kind: "present" }
  | { readonly kind: "missing" }
  | {
      readonly kind: "unknown";
      /** Why the registry could not be asked, and how to mend that. */
      readonly why: string;
      /** Whether that passes by itself. */
      readonly isPassing: boolean;
    };

/** What a registry said of one image. */
export interface ObservedImage {
  readonly image: ImageName;
  readonly presence: Presence;
}

export interface Imports {
  /** None where no image is required. */
  readonly findings: readonly Finding[];
  readonly actions: readonly (Action & { readonly kind: "ImportImage" })[];
  readonly ending: Ending;
}

/** What was required since the look began to be made up. */
const notAsked: Presence = { kind: "unknown", why: "it has not been looked at yet", isPassing: true };

/**
 * Decides about the required images. Pure and total, as `plan`. An import that can be made is an action, and does not keep the
 * look from being settled; of the rest a registry that will answer soon is waited for first, as that needs nobody, then comes
 * what somebody has to mend: an image that is nowhere to be had, then a registry that does not let us look.
 */
export function importing(
  { requiredImages = [] }: Pick<Policy, "requiredImages">,
  workspace: WorkspaceId,
  registry: RegistryId,
  observed: readonly ObservedImage[] = [],
): Imports {
  if (requiredImages.length === 0) return { findings: [], actions: [], ending: { kind: "settled" } };
  const looked = requiredImages.map((image) => {
    const name = formatImage(image);
    return { image, name, presence: observed.find((one) => formatImage(one.image) === name)?.presence ?? notAsked };
  });
  const missing = looked.filter(({ presence }) => presence.kind === "missing");
  const unknown = looked.flatMap(({ name, presence }) => (presence.kind === "unknown" ? [{ name, ...presence }] : []));
  return {
    findings: [
      finding(
        looked.length,
        missing.map(({ name }) => name),
        unknown,
        registry,
      ),
    ],
    actions: missing.flatMap(({ image: { importFrom: from, ...image } }) =>
      from === undefined ? [] : [{ kind: "ImportImage", workspace, registry, image, from }],
    ),
    ending: endingFor(
      missing.flatMap(({ image, name }) => (image.importFrom === undefined ? [name] : [])),
      unknown,
      registry,
    ),
  };
}

/** How a look ends as far as everything is concerned: what keeps identities from pulling comes before what they would pull. */
export function endingOfBoth(pulling: Ending, images: Ending): Ending {
  return pulling.kind === "settled" ? images : pulling;
}

interface Unknown {
  readonly name: string;
  readonly why: string;
  readonly isPassing: boolean;
}

function finding(
  count: number,
  missing: readonly string[],
  unknown: readonly Unknown[],
  { name }: RegistryId,
): Finding {
  const type = "ImagesPresent";
  const there = `${count - missing.length - unknown.length} of ${count} required images are in ${name}`;
  const absent = missing.length === 0 ? "" : `; missing: ${missing.join(", ")}`;
  const untold = unknown.length === 0 ? "" : `; not known: ${reasons(unknown)}`;
  const message = `${there}${absent}${untold}.`;
  if (missing.length > 0) return { type, status: "False", reason: "ImageMissing", message };
  if (unknown.length > 0) return { type, status: "Unknown", reason: "ImagesUnknown", message };
  return { type, status: "True", reason: "AllPresent", message };
}

function endingFor(nowhere: readonly string[], unknown: readonly Unknown[], { name }: RegistryId): Ending {
  const passing = unknown.filter(({ isPassing }) => isPassing);
  if (passing.length > 0)
    return {
      kind: "waiting",
      reason: "Transient",
      message: `Whether ${name} has the required images could not be seen: ${reasons(passing)}.`,
    };
  if (nowhere.length > 0)
    return {
      kind: "blocked",
      reason: "ImageMissing",
      message: `${name} lacks ${nowhere.join(", ")}, and REMEDIATOR_REQUIRED_IMAGES does not say where to import from. Push what is missing, or add its importFrom there.`,
    };
  if (unknown.length > 0)
    return {
      kind: "blocked",
      reason: "ImagesUnknown",
      message: `Whether ${name} has the required images cannot be seen: ${reasons(unknown)}.`,
    };
  return { kind: "settled" };
}

/** Each reason once: it is mostly the same for all images of a registry. */
function reasons(unknown: readonly Unknown[]): string {
  const whys = [...new Set(unknown.map(({ why }) => why))];
  return whys
    .map((why) => `${unknown.flatMap((one) => (one.why === why ? [one.name] : [])).join(", ")} (${why})`)
    .join(", ");
}
