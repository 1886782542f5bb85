import type { HttpRequest } from "@azure/functions";
import * as z from "zod/mini";
import { ProblemError } from "./problem.ts";

/** What a request's query says. @throws ProblemError 400 that names each parameter that is wrong, and what is allowed */
export function queryOf<Shape extends z.core.$ZodShape>(
  { query }: Pick<HttpRequest, "query">,
  schema: z.ZodMiniObject<Shape, z.core.$strict>,
): z.infer<z.ZodMiniObject<Shape, z.core.$strict>> {
  // The host takes the key as `code`.
  const given = Object.fromEntries([...query].filter(([name]) => name !== "code"));
  const result = z.safeParse(schema, given);
  if (result.success) return result.data;
  const known = Object.keys(schema.shape);
  const wrong = result.error.issues.map((issue) =>
    issue.code === "unrecognized_keys"
      ? `${issue.keys.join(", ")}: unknown; ${known.length === 0 ? "no parameter is known" : `known are ${listed(known)}`}`
      : `${String(issue.path[0])}: found ${JSON.stringify(given[String(issue.path[0])])}, allowed: ${issue.message}`,
  );
  throw new ProblemError({
    status: 400,
    code: "InvalidQuery",
    title: "The query cannot be understood.",
    detail: `${wrong.join("; ")}. Nothing was changed.`,
  });
}

/**
 * Somebody who says `{"dryRun": true}` in a body must not get the real thing.
 * @param instead where what is asked for goes
 * @throws ProblemError 400 for a request with a body
 */
export async function refuseBody(request: Pick<HttpRequest, "text">, instead: string): Promise<void> {
  const body = (await request.text()).trim();
  if (body === "" || body === "{}") return;
  throw new ProblemError({
    status: 400,
    code: "UnexpectedBody",
    title: "The request has a body.",
    detail: `Found a body of ${body.length} characters, allowed: none. ${instead} Nothing was changed.`,
  });
}

/** What a request's body says. @throws ProblemError 400 that names each field that is wrong, and what is allowed */
export async function bodyOf<Body>(request: Pick<HttpRequest, "text">, schema: z.ZodMiniType<Body>): Promise<Body> {
  const text = await request.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalidBody(`Found ${text.trim() === "" ? "none" : "something that is not JSON"}, allowed: a JSON object`);
  }
  const result = z.safeParse(schema, json);
  if (result.success) return result.data;
  throw invalidBody(
    result.error.issues
      .map((issue) =>
        issue.code === "unrecognized_keys"
          ? `${issue.keys.join(", ")}: unknown`
          : `${issue.path.length === 0 ? "The body" : issue.path.join(".")}: allowed: ${issue.message}`,
      )
      .join("; "),
  );
}

function invalidBody(what: string): ProblemError {
  return new ProblemError({
    status: 400,
    code: "InvalidBody",
    title: "The body cannot be understood.",
    detail: `${what}. Nothing was changed.`,
  });
}

function listed(names: readonly string[]): string {
  return [names.slice(0, -1).join(", "), ...names.slice(-1)].filter((part) => part !== "").join(" and ");
}
