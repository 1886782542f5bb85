import * as z from "zod/mini";
import { formatImage, isDigest, parseImageName, parseImageSource } from "./core/image-name.ts";
import type { RequiredImage } from "./core/images.ts";

/** Each costs a question to the registry at a look: more than these are a mistake. */
const most = 20;

const text = z.string({ error: "is not a text" });
const File = z.array(
  z.strictObject(
    { image: text, importFrom: z.optional(text) },
    {
      error: (issue) =>
        issue.code === "unrecognized_keys" ? `has the unknown ${issue.keys.join(", ")}` : "is no object",
    },
  ),
  { error: "is not an array" },
);

/** The images of a JSON array. @throws Error with everything that is wrong */
export function requiredImages(json: string): readonly RequiredImage[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new Error("it is not JSON");
  }
  const file = File.safeParse(value);
  if (!file.success)
    throw new Error(file.error.issues.map(({ path, message }) => ["entry", ...path, message].join(" ")).join("; "));
  const problems: string[] = [];
  const images = file.data.flatMap((entry, index) => imageOf(entry, `entry ${index}`, problems));
  const names = images.map(formatImage);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  problems.push(...[...twice].map((name) => `${name} is there twice`));
  if (file.data.length > most) problems.push(`${file.data.length} images are more than ${most}`);
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
