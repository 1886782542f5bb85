import * as z from "zod/mini";
import { formatImage, isDigest, parseImageName, parseImageSource } from "./core/image-name.ts";
import type { RequiredImage } from "./core/images.ts";
import { entriesOf, unknownKeys } from "./setting-values.ts";

/** Each costs a question to the registry at a look: more than these are a mistake. */
const most = 20;

const text = z.string({ error: "is not a text" });
const File = z.array(z.strictObject({ image: text, importFrom: z.optional(text) }, unknownKeys), {
  error: "is not an array",
});

/** The images of a JSON array. @throws Error with everything that is wrong */
export function requiredImages(json: string): readonly RequiredImage[] {
  const entries = entriesOf(json, File, "entry");
  const problems: string[] = [];
  const images = entries.flatMap((entry, index) => imageOf(entry, `entry ${index}`, problems));
  const names = images.map(formatImage);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  problems.push(...[...twice].map((name) => `${name} is there twice`));
  if (entries.length > most) problems.push(`${entries.length} images are more than ${most}`);
  if (problems.length > 0) throw new Error(problems.join("; "));
  return images;
}

function imageOf(
  { image: name, importFrom: source }: z.infer<typeof File>[number],
  where: string,
  problems: string[],
): readonly RequiredImage[] {
  const tried = <Value>(what: string, parse: () => Value): Value | undefined => {
    try {
      return parse();
    } catch (error) {
      problems.push(`${where} ${what}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  const image = tried("image", () => parseImageName(name));
  const importFrom = source === undefined ? undefined : tried("importFrom", () => parseImageSource(source));
  if (image === undefined) return [];
  if (importFrom === undefined) return [image];
  if (isDigest(image) && image.reference !== importFrom.reference)
    problems.push(`${where} importFrom: it has to name the same digest as image, or it would bring something else`);
  return [{ ...image, importFrom }];
}
