import * as z from "zod/mini";
import { InvalidIdError, isGuid, parseIdOf, parseRegistryId, parseScope, type RegistryId } from "./core/arm-id.ts";
import type { IdentityScope, RegistryRule } from "./core/policy.ts";
import type { Puller } from "./core/pull-principals.ts";

/** What no right value holds but that of a secret setting. */
export const secretInside = /AccountKey=|SharedAccess|[?&;](?:sig|aeg-sas-\w+)=|password=|:\/\/[^/]*@/i;
/** What a secret looks like that was put into a setting by mistake; a right value may look so as well. */
export const secretLike = new RegExp(`${secretInside.source}|^(?!\\/)[\\w+/=~.-]{30,}$`, "i");

const text = z.string({ error: "is not a text" }).check(z.minLength(1, { error: "is empty" }));
/** How an object tells of what is wrong with it as a whole. */
export const unknownKeys = {
  error: (issue: z.core.$ZodRawIssue) =>
    issue.code === "unrecognized_keys" ? `has the unknown ${issue.keys.join(", ")}` : "is no object",
};

const RuleFile = z.array(
  z.strictObject(
    {
      subscriptionId: z.optional(text),
      resourceGroup: z.optional(text),
      location: z.optional(text),
      registryIds: z.array(text, { error: "is not an array" }).check(z.minLength(1, { error: "is empty" })),
    },
    unknownKeys,
  ),
  { error: "is not an array" },
);

/** One of these words. */
export function oneOf<const Values extends readonly [string, ...string[]]>(...values: Values) {
  return z.enum(values, { error: values.join(" or ") });
}

/** A setting that `parse` understands; `allowed` says what that is, the error of `parse` what exactly is wrong. */
export function parsed<Value>(allowed: string, parse: (text: string) => Value) {
  return z.pipe(
    z.string({ error: allowed }),
    z.transform((text, context): Value => {
      try {
        return parse(text);
      } catch (error) {
        const tellable = error instanceof Error && error.message !== "" && !secretLike.test(text);
        const why = tellable ? ` (${error.message})` : "";
        context.issues.push({ code: "custom", message: `${allowed}${why}`, input: text });
        return z.NEVER;
      }
    }),
  );
}

/** A number between two others, these included. */
export function number(least: number, most: number) {
  return parsed(`a number from ${least} to ${most}`, (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value) || value < least || value > most) throw new Error("");
    return value;
  });
}

/** A whole number between two others, these included. */
export function wholeNumber(least: number, most: number) {
  return parsed(`a whole number from ${least} to ${most}`, (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isInteger(value) || value < least || value > most) throw new Error("");
    return value;
  });
}

/** Subscription ids separated by commas, each once and in lower case. @throws Error naming the one that is none */
export function subscriptionIds(text: string): readonly string[] {
  const ids = text.split(",").map((id) => id.trim().toLowerCase());
  const wrong = ids.find((id) => !isGuid(id));
  if (wrong !== undefined) throw new Error(`${JSON.stringify(wrong)} is not a GUID`);
  return [...new Set(ids)];
}

/**
 * Names of management groups separated by commas, each once and in lower case. Source of what a name may be: Microsoft Learn,
 * "Naming rules and restrictions for Azure resources", Microsoft.Management.
 * @throws Error naming the one that is none
 */
export function managementGroups(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim().toLowerCase());
  const wrong = names.find((name) => !/^(?=.{1,90}$)[a-z0-9][a-z0-9_().-]*(?<!\.)$/.test(name));
  if (wrong !== undefined)
    throw new Error(
      `${JSON.stringify(wrong)} is no name of one: the last part of its id, of at most 90 letters, digits and -_(). characters`,
    );
  return [...new Set(names)];
}

/** @throws InvalidIdError */
export function registryId(text: string): RegistryId {
  return parseRegistryId(text.trim());
}

/** Registries by their ARM ids, separated by commas. @throws InvalidIdError */
export function registryIds(text: string): readonly RegistryId[] {
  return text.split(",").map(registryId);
}

/**
 * The entries of a JSON array.
 * @param called what a person calls one of them
 * @throws Error naming each entry that is wrong and what is wrong with it
 */
export function entriesOf<Entry>(
  text: string,
  shape: z.ZodMiniType<readonly Entry[]>,
  called: string,
): readonly Entry[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
  const file = shape.safeParse(json);
  if (file.success) return file.data;
  const wrong = file.error.issues.map(({ path, message }) => `${[called, ...path].join(" ")} ${message}`);
  throw new Error(wrong.join("; "));
}

/** The rules of a JSON array. @throws Error naming the rule and what is wrong with it */
export function registryRules(text: string): readonly RegistryRule[] {
  return entriesOf(text, RuleFile, "rule").map(({ registryIds, subscriptionId, resourceGroup, location }, index) => {
    if (subscriptionId !== undefined && !isGuid(subscriptionId))
      throw new Error(`rule ${index}: the subscriptionId ${JSON.stringify(subscriptionId)} is not a GUID`);
    return {
      ...(subscriptionId === undefined ? {} : { subscriptionId }),
      ...(resourceGroup === undefined ? {} : { resourceGroup }),
      ...(location === undefined ? {} : { location }),
      registries: registryIds.map((id) => {
        try {
          return parseRegistryId(id);
        } catch (error) {
          if (error instanceof InvalidIdError) throw new Error(`rule ${index}: ${error.message}`, { cause: error });
          throw error;
        }
      }),
    };
  });
}

/** Whose identities are looked after, each once. @throws Error naming the word that is none */
export function pullers(text: string): readonly Puller[] {
  const words = text.split(",").map((word) => word.trim().toLowerCase());
  return [...new Set(words)].map((word) => {
    if (word === "workspace" || word === "compute" || word === "endpoint") return word;
    throw new Error(`${JSON.stringify(word)} is none of them`);
  });
}

/** Subscriptions, resource groups and user-assigned identities by their ARM ids. @throws Error naming the one that is none */
export function identityScopes(text: string): readonly IdentityScope[] {
  return text.split(",").map((part) => {
    const id = part.trim();
    const scope = parseScope(id);
    if (scope === undefined) throw new Error(`${JSON.stringify(id)} is not the id of one`);
    const { resource, ...group } = scope;
    return resource === undefined ? group : { ...group, identity: parseIdOf(identityType, id) };
  });
}

const identityType = "Microsoft.ManagedIdentity/userAssignedIdentities";

/** A connection string in one of the ways that hold what is needed. @throws Error without a text, which might be secret */
export function connectionString(text: string): string {
  const parts = new Set(text.split(";").map((part) => part.split("=")[0]?.trim().toLowerCase()));
  const ways = [
    ["usedevelopmentstorage"],
    ["accountname", "accountkey"],
    ["queueendpoint", "tableendpoint", "sharedaccesssignature"],
  ];
  if (!ways.some((way) => way.every((name) => parts.has(name)))) throw new Error("");
  return text;
}

/** An https url without path. @throws Error */
export function httpsOrigin(text: string): string {
  const url = URL.parse(text);
  if (url === null) throw new Error("");
  if (url.protocol !== "https:" || url.pathname !== "/" || url.search !== "" || url.username !== "")
    throw new Error("");
  return url.origin;
}

/**
 * The endpoint of an Event Grid topic, as `az eventgrid topic show --query endpoint` prints it. A key or a signature in it
 * would be a secret in a setting that is shown.
 * @throws Error
 */
export function topicEndpoint(text: string): string {
  const url = URL.parse(text.trim());
  if (url?.protocol !== "https:" || !url.pathname.endsWith("/api/events")) throw new Error("");
  if (url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") throw new Error("");
  return url.href;
}

/** @throws Error */
export function guid(text: string): string {
  if (!isGuid(text.trim())) throw new Error("");
  return text.trim();
}
