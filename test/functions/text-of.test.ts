import { expect, test } from "vitest";

import { textOf } from "../../src/functions/text-of.ts";

test.each([
  ["a text", "as it came \u0000\ud800", "as it came \u0000\ud800"],
  ["what the host parsed", { a: [1, null] }, '{"a":[1,null]}'],
  ["nothing", undefined, ""],
  ["null", null, "null"],
])("%s becomes text that can be kept", (_what, body, text) => {
  expect(textOf(body)).toBe(text);
});

test("JSON that is nested too deeply to be written again is still told of", () => {
  const deep: unknown = JSON.parse("[".repeat(30_000) + "]".repeat(30_000));
  expect(textOf(deep)).toMatch(/^\(object that cannot be written as JSON: RangeError: /);
});
