import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { workspaceId } from "../../src/core/arm-id.ts";
import { keyText, newestFirst, stateKey } from "../../src/storage/keys.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom("/", "\\", "#", "?", "_", ".", "\u0000", "\u009f", "0", "é", "\ud800", "\ud801") }),
  fc.string({ unit: "grapheme", minLength: 150, maxLength: 2000 }),
);

describe("a text in a table key", () => {
  it("holds only letters, digits, '-', '_' and '.', and at most 265 of them", () => {
    fc.assert(fc.property(anyText, (text) => /^[A-Za-z0-9._-]{1,265}$/.test(keyText(text))));
  });

  it("never meets another", () => {
    const neighbour = fc.tuple(anyText, fc.nat(), anyText).map(([text, at, other]): [string, string] => [
      text,
      // Much alike, which random texts never are.
      text.slice(0, at % (text.length + 1)) + other.slice(0, 1) + text.slice((at % (text.length + 1)) + 1),
    ]);
    fc.assert(
      fc.property(fc.oneof(neighbour, fc.tuple(anyText, anyText)), ([a, b]) => {
        return (keyText(a) === keyText(b)) === (a === b);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["3f2e-A1", "3f2e-A1"],
    ["a/b", "a_002fb"],
    ["a_002fb", "a_005f002fb"],
    ["", "_."],
    ["_.", "_005f_002e"],
  ])("writes %j as %s", (text, key) => {
    expect(keyText(text)).toBe(key);
  });
});

describe("the key of a state row", () => {
  it("is the same for every casing of the id", () => {
    const id = "0A000000-0000-0000-0000-00000000000B";
    const key = stateKey(workspaceId(id, "RG", "Ws"));
    expect(key).toEqual(stateKey(workspaceId(id.toLowerCase(), "rg", "wS")));
    expect(key).toEqual({ partitionKey: id.toLowerCase(), rowKey: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  });
});

describe("a time in a key", () => {
  it("sorts the newest first", () => {
    const time = fc.integer({ min: 0, max: 9_999_999_999_999 });
    fc.assert(fc.property(time, time, (a, b) => a < b === newestFirst(a) > newestFirst(b)));
  });
});
