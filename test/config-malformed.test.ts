import { describe, expect, test } from "vitest";

import { sweepSchedule } from "../src/sweep-schedule.ts";
import { least, problemsOf, registryId, rulesOf, subscription } from "./config-samples.ts";

const rule = { registryIds: [registryId] };
const rulesAllowed = "a JSON array of {subscriptionId?, resourceGroup?, location?, registryIds}";
const registryAllowed = "the ARM id of a container registry";
const imageOf = (image: string, importFrom?: string): string => JSON.stringify([{ image, importFrom }]);
const deep = "[".repeat(50_000) + "]".repeat(50_000);

/** A setting as somebody hostile or hasty would have it, and what the one problem says of it. */
const malformed: readonly (readonly [name: string, what: string, value: string, told: string])[] = [
  ["REMEDIATOR_MODE", "a blank before it", " enforce", "audit or enforce"],
  ["REMEDIATOR_MODE", "a letter of another alphabet", "\u0435nforce", "audit or enforce"],
  ["REMEDIATOR_MODE", "a null character", "enforce\u0000", "audit or enforce"],
  ["REMEDIATOR_MODE", "a name that means something to JavaScript", "__proto__", "audit or enforce"],
  ["REMEDIATOR_MODE", "a list", "audit,enforce", "audit or enforce"],
  ["REMEDIATOR_SUBSCRIPTIONS", "semicolons", `${subscription};${subscription}`, "is not a GUID"],
  ["REMEDIATOR_SUBSCRIPTIONS", "ids with their path", `/subscriptions/${subscription}`, "is not a GUID"],
  ["REMEDIATOR_SUBSCRIPTIONS", "everything", "*", '"*" is not a GUID'],
  ["REMEDIATOR_SUBSCRIPTIONS", "fullwidth digits", subscription.replaceAll("1", "\uff11"), "is not a GUID"],
  ["REMEDIATOR_SUBSCRIPTIONS", "braces", `{${subscription}}`, "is not a GUID"],
  ["REMEDIATOR_SUBSCRIPTIONS", "a JSON array", JSON.stringify([subscription]), "is not a GUID"],
  ["REMEDIATOR_SUBSCRIPTIONS", "nothing but commas", ",,,", '"" is not a GUID'],
  ["REMEDIATOR_MANAGEMENT_GROUPS", "semicolons", "platform;sandbox", '"platform;sandbox" is no name of one'],
  ["REMEDIATOR_MANAGEMENT_GROUPS", "an id", "/providers/Microsoft.Management/managementGroups/a", "the last part of"],
  ["REMEDIATOR_MANAGEMENT_GROUPS", "what people call it", "Landing zones", '"landing zones" is no name of one'],
  ["REMEDIATOR_MANAGEMENT_GROUPS", "everything", "*", '"*" is no name of one'],
  ["REMEDIATOR_MANAGEMENT_GROUPS", "a dot at its end", "platform.", '"platform." is no name of one'],
  ["REMEDIATOR_MANAGEMENT_GROUPS", "no letter at its beginning", "-a", '"-a" is no name of one'],
  ["REMEDIATOR_MANAGEMENT_GROUPS", "a name that is too long", "a(b)".repeat(23), "at most 90 letters"],
  ["REMEDIATOR_MANAGEMENT_GROUPS", "a comma at the end", "platform,", '"" is no name of one'],
  ["REMEDIATOR_DEFAULT_REGISTRY", "a login server", "contoso.azurecr.io", `${registryAllowed} (`],
  [
    "REMEDIATOR_DEFAULT_REGISTRY",
    "a child of a registry",
    `${registryId}/replications/west`,
    "registries/replications, not of",
  ],
  ["REMEDIATOR_DEFAULT_REGISTRY", "the parent for a name", registryId.replace("/contoso", "/.."), "cannot be the name"],
  ["REMEDIATOR_DEFAULT_REGISTRY", "two ids", `${registryId},${registryId}`, `${registryAllowed} (`],
  [
    "REMEDIATOR_DEFAULT_REGISTRY",
    "an escaped slash",
    registryId.replace("/contoso", "%2Fcontoso"),
    `${registryAllowed} (`,
  ],
  ["REMEDIATOR_REQUIRED_IMAGES", "a name without JSON", "winarena:latest", "(it is not JSON)"],
  ["REMEDIATOR_REQUIRED_IMAGES", "names without objects", '["winarena"]', "(entry 0 is no object)"],
  ["REMEDIATOR_REQUIRED_IMAGES", "no name", '[{"importFrom":"docker.io/a/b"}]', "(entry 0 image is not a text)"],
  ["REMEDIATOR_REQUIRED_IMAGES", "a registry to import into", '[{"image":"a","registry":"b"}]', "unknown registry"],
  ["REMEDIATOR_REQUIRED_IMAGES", "upper case", imageOf("Team/base"), '"Team/base" is no repository'],
  ["REMEDIATOR_REQUIRED_IMAGES", "a path out of it", imageOf("../base"), '"../base" is no repository'],
  ["REMEDIATOR_REQUIRED_IMAGES", "a query", imageOf("base?x=1"), "is no repository"],
  ["REMEDIATOR_REQUIRED_IMAGES", "a registry in the name", imageOf("contoso.azurecr.io:443/a"), "is no tag"],
  ["REMEDIATOR_REQUIRED_IMAGES", "an empty tag", imageOf("base:"), '"" is no tag'],
  ["REMEDIATOR_REQUIRED_IMAGES", "half a digest", imageOf("base@sha256:12"), "is no digest"],
  ["REMEDIATOR_REQUIRED_IMAGES", "a tag and a digest", imageOf(`base:1@sha256:${"0".repeat(64)}`), "is no repository"],
  ["REMEDIATOR_REQUIRED_IMAGES", "a source without a host", imageOf("a", "windowsarena/winarena"), "is not the host"],
  ["REMEDIATOR_REQUIRED_IMAGES", "a source nearby", imageOf("a", "localhost:5000/a"), "is not the host"],
  ["REMEDIATOR_REQUIRED_IMAGES", "a source by its address", imageOf("a", "169.254.169.254/a"), "is not the host"],
  ["REMEDIATOR_REQUIRED_IMAGES", "a source as a url", imageOf("a", "https://docker.io/a/b"), "is not the host"],
  ["REMEDIATOR_REQUIRED_IMAGES", "an official image", imageOf("a", "docker.io/ubuntu"), "docker.io/library/ubuntu"],
  [
    "REMEDIATOR_REQUIRED_IMAGES",
    "another digest than the source's",
    imageOf(`a@sha256:${"0".repeat(64)}`, `docker.io/a/a@sha256:${"1".repeat(64)}`),
    "has to name the same digest",
  ],
  [
    "REMEDIATOR_REQUIRED_IMAGES",
    "the same image under its full name",
    JSON.stringify([{ image: "a" }, { image: "a:latest" }]),
    "(a:latest is there twice)",
  ],
  [
    "REMEDIATOR_REQUIRED_IMAGES",
    "far too many",
    JSON.stringify(Array.from({ length: 21 }, (_, index) => ({ image: `a${index}` }))),
    "21 images are more than 20",
  ],
  [
    "REMEDIATOR_REQUIRED_IMAGES",
    "several mistakes, which are all told",
    JSON.stringify([{ image: "A" }, { image: "b:", importFrom: "c" }]),
    '(entry 0 image: "A" is no repository: words of lower-case letters and digits, joined by one of . _ - and separated by /; entry 1 image: "" is no tag: letters, digits and . _ -, 128 at most; entry 1 importFrom:',
  ],
  ["REMEDIATOR_REGISTRY_RULES", "a byte order mark", `\ufeff${rulesOf([rule])}`, `${rulesAllowed} (it is not JSON)`],
  ["REMEDIATOR_REGISTRY_RULES", "single quotes", "[{'registryIds': []}]", "(it is not JSON)"],
  ["REMEDIATOR_REGISTRY_RULES", "half of an array", rulesOf([rule]).slice(0, -1), "(it is not JSON)"],
  ["REMEDIATOR_REGISTRY_RULES", "fifty thousand levels", deep, "(rule 0 is no object)"],
  ["REMEDIATOR_REGISTRY_RULES", "null", "null", "(rule is not an array)"],
  ["REMEDIATOR_REGISTRY_RULES", "a rule that is null", "[null]", "(rule 0 is no object)"],
  ["REMEDIATOR_REGISTRY_RULES", "a rule that is an array", rulesOf([[rule]]), "(rule 0 is no object)"],
  ["REMEDIATOR_REGISTRY_RULES", "a rule in a text", rulesOf([JSON.stringify(rule)]), "(rule 0 is no object)"],
  ["REMEDIATOR_REGISTRY_RULES", "a registry too few", rulesOf([rule, {}]), "(rule 1 registryIds is not an array)"],
  [
    "REMEDIATOR_REGISTRY_RULES",
    "an array for a group",
    rulesOf([{ ...rule, resourceGroup: ["ml"] }]),
    "resourceGroup is not a text",
  ],
  [
    "REMEDIATOR_REGISTRY_RULES",
    "a null for a location",
    rulesOf([{ ...rule, location: null }]),
    "location is not a text",
  ],
  ["REMEDIATOR_REGISTRY_RULES", "a rule in its prototype", `[{"__proto__": ${JSON.stringify(rule)}}]`, "(rule 0 "],
  [
    "REMEDIATOR_REGISTRY_RULES",
    "a name in another casing",
    rulesOf([{ ...rule, Location: "x" }]),
    "has the unknown Location",
  ],
  [
    "REMEDIATOR_REGISTRY_RULES",
    "the last of two lists empty",
    `[{"registryIds": ["x"], "registryIds": []}]`,
    "is empty",
  ],
  ["REMEDIATOR_CONTEST_ROUNDS", "a negative number", "-5", "a whole number from 1 to 100"],
  ["REMEDIATOR_CONTEST_ROUNDS", "digits of another alphabet", "\u0665", "a whole number from 1 to 100"],
  ["REMEDIATOR_DEADLINE_HOURS", "a number with its unit", "24h", "a number from 1 to 336"],
  ["REMEDIATOR_DEADLINE_HOURS", "a comma for a point", "1,5", "a number from 1 to 336"],
  ["REMEDIATOR_DEADLINE_HOURS", "more than any number", "1e999", "a number from 1 to 336"],
  ["REMEDIATOR_RECHECK_MINUTES", "less than nothing", "-0", "a number from 5 to 1440"],
  ["REMEDIATOR_WAIT_SCALE", "next to nothing", "1e-9", "a number from 0.001 to 10"],
  ["REMEDIATOR_LEASE_SECONDS", "a list", "[60]", "a number from 5 to 300"],
  ["REMEDIATOR_LEASE_SECONDS", "two numbers", "60 60", "a number from 5 to 300"],
  ["REMEDIATOR_SWEEP_SCHEDULE", "five fields", "30 2 * * *", "(it has 5 fields)"],
  ["REMEDIATOR_SWEEP_SCHEDULE", "seven fields", "0 30 2 * * * 2026", "(it has 7 fields)"],
  ["REMEDIATOR_SWEEP_SCHEDULE", "a nickname", "@daily", "(it has 1 fields)"],
  ["REMEDIATOR_SWEEP_SCHEDULE", "a second too many", "60 30 2 * * *", "six fields, seconds first"],
  ["REMEDIATOR_SWEEP_SCHEDULE", "a code", "0 30 2 * * * $(reboot)", "six fields, seconds first"],
  ["REMEDIATOR_ARM_ENDPOINT", "a script", "javascript:alert(1)", "an https url without path"],
  [
    "REMEDIATOR_ARM_ENDPOINT",
    "a path that climbs",
    "https://management.azure.com/x/..%2f",
    "an https url without path",
  ],
  ["REMEDIATOR_ARM_ENDPOINT", "an impossible port", "https://management.azure.com:99999", "an https url without path"],
  ["REMEDIATOR_ARM_AUDIENCE", "a scope", "https://management.azure.com/.default", "an https url without path"],
  [
    "REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT",
    "no path",
    "https://contoso.westeurope-1.eventgrid.azure.net",
    "an https url that ends with /api/events, without a query",
  ],
  ["REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT", "http", "http://a.eventgrid.azure.net/api/events", "an https url that"],
  [
    "REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT",
    "a version",
    "https://a/api/events?api-version=2018-01-01",
    "without a query",
  ],
  ["REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT", "a fragment", "https://a.eventgrid.azure.net/api/events#x", "an https url"],
  [
    "REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT",
    "the ARM id of a topic",
    registryId.replace("ContainerRegistry/registries", "EventGrid/topics"),
    "an https url that ends with /api/events",
  ],
  [
    "AZURE_CLIENT_ID",
    "the id of an identity",
    registryId.replace("Registry/registries", "x/y"),
    "the client id (a GUID)",
  ],
  [
    "AZURE_CLIENT_ID",
    "a GUID without dashes, but short",
    subscription.replaceAll("-", "").slice(9),
    "the client id (a GUID)",
  ],
];

describe("a malformed setting is told as the one problem, with what is allowed, in one line of bounded length", () => {
  test.each(malformed)("%s: %s", (name, _what, value, told) => {
    const problems = problemsOf({ ...least, [name]: value });
    expect(problems).toHaveLength(1);
    const [problem = ""] = problems;
    expect(problem).toMatch(new RegExp(`^${name}: found .+\\. Allowed: .+\\.$`));
    expect(problem).toContain(told);
    expect(problem.length).toBeLessThan(1_500);
    expect({}).not.toHaveProperty("registryIds");
  });
});

test("a hundred wrong rules are all told", () => {
  const problems = problemsOf({ ...least, REMEDIATOR_REGISTRY_RULES: rulesOf(Array.from({ length: 100 }, () => 7)) });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain("rule 0 is no object; rule 1 is no object");
  expect(problems[0]).toContain("rule 99 is no object");
});

test("a schedule that is wrong leaves the timer on its default, so that the functions are there to complain", () => {
  for (const REMEDIATOR_SWEEP_SCHEDULE of ["", "nightly", "60 30 2 * * *", "\u0000"])
    expect(sweepSchedule({ REMEDIATOR_SWEEP_SCHEDULE })).toBe("0 30 2 * * *");
});
