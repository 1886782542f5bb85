import * as z from "zod/mini";

/** Gives a schema the name and the words that it has in the OpenAPI document. */
export function named<Schema extends z.core.$ZodType>(schema: Schema, id: string, description: string): Schema {
  z.globalRegistry.add(schema, { id, description });
  return schema;
}

/** Says what a part of a schema means. */
export function told<Schema extends z.core.$ZodType>(schema: Schema, description: string): Schema {
  z.globalRegistry.add(schema, { description });
  return schema;
}

/** A moment, in ISO 8601 and UTC. */
export const moment = z.iso.datetime();

/** A number of things. */
export const count = z.int().check(z.nonnegative());

/** One of these words in what is asked; in what is answered a later version may know more. */
export function wordOf<const Words extends readonly [string, ...string[]]>(...words: Words) {
  return z.enum(words, { error: words.join(", ") });
}

/**
 * A whole number in a query, where it is text.
 * @param allowed how what is allowed begins where it is told, such as `whole seconds`
 */
export function wholeNumber(allowed: string, least: number, most: number, fallback: number) {
  const error = { error: `${allowed}, ${least} to ${most}` };
  const digits = new RegExp(`^\\d{1,${String(most).length}}$`);
  return z._default(
    z
      .pipe(z.string().check(z.regex(digits, error)), z.transform(Number))
      .check(z.gte(least, error), z.lte(most, error)),
    fallback,
  );
}

/** For what takes no parameters. */
export const noQuery = z.strictObject({});

/** The parts of a path that name one workspace. */
export const workspacePath = z.object({
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  name: told(z.string(), "The workspace's name."),
});

/** What a caller is told when something is wrong: RFC 9457, with a stable `code` for programs. */
export const problem = named(
  z.object({
    type: z.literal("about:blank"),
    status: z.int(),
    code: told(z.string(), "Stable, such as SubscriptionNotInPolicy."),
    title: told(z.string(), "What is wrong."),
    detail: told(z.string(), "Where, and how to mend it."),
  }),
  "Problem",
  "What is wrong, and how to mend it (RFC 9457).",
);
