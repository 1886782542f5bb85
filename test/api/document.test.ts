import { Validator } from "@seriousme/openapi-schema-validator";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openApiDocument } from "../../src/api/document.ts";
import { operations } from "../../src/api/operations.ts";
import { workspaceRoute } from "../../src/functions/workspace-route.ts";

const file = "docs/openapi.json";

test("the OpenAPI document is valid, as a validator that is not ours sees it", async () => {
  const result = await new Validator().validate(
    JSON.parse(JSON.stringify(openApiDocument())) as Record<string, unknown>,
  );
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
});

test(`${file} is what the app answers (npm run docs:openapi writes it)`, async () => {
  await expect(`${JSON.stringify(openApiDocument(), null, 2)}\n`).toMatchFileSnapshot(`../../${file}`);
});

test("every function that answers HTTP is in the document, with its method and route", () => {
  const main = readFileSync("src/main.ts", "utf8");
  const route = (text = ""): string =>
    (text === "workspaceRoute" ? text : text.slice(1, -1)).replace(/^(?:\$\{)?workspaceRoute\}?/, workspaceRoute);
  const keyed = [...main.matchAll(/^keyed\("(\w+)", "(\w+)", (.+), \(on\)/gm)];
  const open = [
    ...main.matchAll(
      /functions\.http\("(\w+)", \{\s+methods: \["(\w+)"\],\s+authLevel: "anonymous",\s+route: (.*),\n/g,
    ),
  ];
  const registered = [
    ...keyed.map((match) => ({ match, needsKey: true })),
    ...open.map((match) => ({ match, needsKey: false })),
  ].map(({ match: [, name, method, text], needsKey }) => ({
    name,
    method: method?.toLowerCase(),
    needsKey,
    route: route(text),
  }));
  const described = operations.map(({ name, method, needsKey, route }) => ({ name, method, needsKey, route }));
  const byName = (one: { name?: string | undefined }, other: { name?: string | undefined }): number =>
    (one.name ?? "").localeCompare(other.name ?? "");
  // What serves the document itself, and the page, is not of the API.
  const ofApi = registered.filter(({ name }) => name !== "openapi" && name !== "dashboard");
  expect(ofApi.sort(byName)).toEqual(described.sort(byName));
});
