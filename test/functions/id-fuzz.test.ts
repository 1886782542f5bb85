import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  formatId,
  idKey,
  InvalidIdError,
  isGuid,
  parseRegistryId,
  parseResourceId,
  parseScope,
  parseWorkspaceId,
  registryType,
  type ResourceId,
  sameId,
  workspaceId,
  workspaceType,
} from "../../src/core/arm-id.ts";
import { resourceUri } from "./samples.ts";
import {
  assignmentAt,
  computeUri,
  groupUri,
  registryUri,
  storageUri,
  subscriptionUri,
  tagsOf,
} from "./routing-samples.ts";

const samples = [resourceUri, computeUri, registryUri, storageUri, groupUri, subscriptionUri, tagsOf(resourceUri)];
const pieces = [
  "/",
  "//",
  "..",
  "%2f",
  " ",
  "\u0000",
  "\ud800",
  "\u202e",
  "\u212a",
  "\u0130",
  "\uff0f",
  "{",
  "'",
  "?x=1",
  "#",
];

/** A valid id with something done to it: cut, repeated, put elsewhere, joined to another one. */
const mutated = fc
  .tuple(
    fc.constantFrom(...samples, assignmentAt(registryUri)),
    fc.nat(250),
    fc.nat(40),
    fc.oneof(
      fc.constantFrom(...pieces),
      fc.constantFrom(...samples),
      fc.string({ unit: "binary", maxLength: 5 }),
      fc.constant(""),
    ),
  )
  .map(([id, at, length, put]) => id.slice(0, at) + put + id.slice(at + length));
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  mutated,
  mutated.map((text) => text.toUpperCase()),
);

/** What an id is parsed into, or nothing for what is none; everything else that is thrown is a bug. */
function parsed<Id>(parse: (text: string) => Id, text: string): Id | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof InvalidIdError)) throw error;
    expect(error.message).toMatch(/^("|\(nothing\)).+\.$/s);
    expect(error.message.length).toBeLessThan(3_000);
    expect(error.message).not.toMatch(/[\n\r\0]/);
    return undefined;
  }
}

const guids = fc.uuid().filter(isGuid);
const name = fc.stringMatching(/^[\p{L}\p{N}_-][\p{L}\p{N}._()-]{0,20}[\p{L}\p{N}_()-]$/u);
const type = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,10}$/);
const anyId = fc
  .tuple(guids, name, type, type, fc.array(fc.tuple(type, name), { minLength: 1, maxLength: 4 }))
  .map(([subscriptionId, resourceGroup, company, service, parts]): ResourceId => {
    const types = [`${company}.${service}`, ...parts.map(([segment]) => segment)];
    return { subscriptionId, resourceGroup, type: types.join("/"), names: parts.map(([, one]) => one) };
  });

describe("any id", () => {
  test("is parsed into what it was formatted from", () => {
    fc.assert(
      fc.property(anyId, (id) => {
        expect(parseResourceId(formatId(id))).toEqual(id);
        expect(parseResourceId(`${formatId(id)}/`)).toEqual(id);
        expect(parseScope(formatId(id))?.resource).toEqual(id);
      }),
    );
  });

  test("of a workspace or a registry is told apart from all others", () => {
    fc.assert(
      fc.property(anyId, fc.constantFrom(workspaceType, registryType), (id, kind) => {
        const own = { ...id, type: kind, names: id.names.slice(0, 1) };
        expect(parsed(parseWorkspaceId, formatId(own)) === undefined).toBe(kind !== workspaceType);
        expect(parsed(parseRegistryId, formatId(own)) === undefined).toBe(kind !== registryType);
        expect(parsed(parseWorkspaceId, `${formatId(own)}/computes/gpu`)).toBeUndefined();
      }),
    );
  });

  test("has one key, whatever the casing of its ASCII letters", () => {
    const recased = (text: string, bits: readonly boolean[]): string =>
      text.replace(/[a-z]/gi, (letter, at: number) =>
        bits[at % bits.length] === true ? letter.toUpperCase() : letter.toLowerCase(),
      );
    fc.assert(
      fc.property(anyId, fc.array(fc.boolean(), { minLength: 1 }), (id, bits) => {
        const other = parseResourceId(recased(formatId(id), bits));
        expect(idKey(other)).toBe(idKey(id));
        expect(sameId(other, id)).toBe(true);
      }),
    );
  });

  test("has another key than one whose name, group or subscription differs", () => {
    fc.assert(
      fc.property(anyId, (id) => {
        const others: readonly ResourceId[] = [
          { ...id, resourceGroup: `${id.resourceGroup}x` },
          { ...id, names: id.names.map((one) => `${one}x`) },
          { ...id, type: `${id.type}x` },
        ];
        expect(new Set([id, ...others].map(idKey)).size).toBe(others.length + 1);
      }),
    );
  });
});

describe("whatever text comes in the place of an id", () => {
  test("it is refused with a sentence in one line, or is an id that names the same when it is written again", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const parse of [parseResourceId, parseWorkspaceId, parseRegistryId]) {
          const id = parsed(parse, text);
          if (id === undefined) continue;
          expect(parse(formatId(id))).toEqual(id);
          expect(isGuid(id.subscriptionId)).toBe(true);
          for (const one of [id.resourceGroup, ...id.names]) expect(one).not.toMatch(/^\.*$|[/\\%?#\s\p{C}]/u);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("it is a scope within a subscription, lies above all subscriptions, or is refused", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          mutated.map((text) => text.slice(0, 80)),
        ),
        (text) => {
          const scope = parsed(parseScope, text);
          if (scope === undefined) return;
          expect(text.toLowerCase()).toContain(`/subscriptions/${scope.subscriptionId}`);
          if (scope.resource !== undefined) expect(scope.resource).toEqual(parseResourceId(text));
          else
            expect(text.split("/").filter((part) => part !== "").length).toBe(
              scope.resourceGroup === undefined ? 2 : 4,
            );
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("its parts make a workspace of exactly that name in exactly that group, or are refused", () => {
    const part = fc.oneof(
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.constantFrom(...pieces, "ml", "a/b", ...samples),
    );
    fc.assert(
      fc.property(fc.oneof(guids, part), part, part, (subscriptionId, resourceGroup, one) => {
        const id = parsed(() => workspaceId(subscriptionId, resourceGroup, one), "");
        if (id === undefined) return;
        const { name: itsName, ...rest } = id;
        expect([rest.subscriptionId, rest.resourceGroup, itsName]).toEqual([
          subscriptionId,
          resourceGroup,
          one.replace(/\/$/, ""),
        ]);
      }),
      { numRuns: 2_000 },
    );
  });
});
