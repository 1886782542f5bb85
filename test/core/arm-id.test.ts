import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as armId from "../../src/core/arm-id.ts";
import { home, recase, registryId, workspaceId } from "./ids.ts";

const { formatId, idKey, InvalidIdError, isGuid, parseRegistryId, parseResourceId, parseWorkspaceId } = armId;
const { sameId, sameText } = armId;

const text = `/subscriptions/${home}/resourceGroups/ml-rg/providers/Microsoft.MachineLearningServices/workspaces/ws-1`;
const compute = `${text}/computes/gpu`;

/** What the error says. */
function complaint(id: string, parse: (text: string) => unknown = parseResourceId): string {
  try {
    parse(id);
  } catch (error) {
    if (error instanceof InvalidIdError) return error.message;
    throw error;
  }
  throw new Error(`${id} was taken for an id.`);
}

describe("an ARM id", () => {
  it("is parsed into its parts", () => {
    expect(parseWorkspaceId(text)).toEqual({
      kind: "workspace",
      subscriptionId: home,
      resourceGroup: "ml-rg",
      type: "Microsoft.MachineLearningServices/workspaces",
      names: ["ws-1"],
      name: "ws-1",
    });
  });

  it("is formatted as it was parsed", () => {
    expect(formatId(parseWorkspaceId(text))).toBe(text);
    expect(formatId(parseResourceId(compute))).toBe(compute);
    expect(formatId(registryId("contoso"))).toMatch(/\/providers\/Microsoft\.ContainerRegistry\/registries\/contoso$/);
  });

  it("of a child has one name for each of its types", () => {
    expect(parseResourceId(compute)).toMatchObject({
      type: "Microsoft.MachineLearningServices/workspaces/computes",
      names: ["ws-1", "gpu"],
    });
  });

  it("keeps the casing of names, and writes its fixed parts as ARM does", () => {
    const odd = `/SUBSCRIPTIONS/${home}/resourcegroups/ML-rg/PROVIDERS/microsoft.machinelearningservices/WORKSPACES/Ws-1/`;
    expect(formatId(parseWorkspaceId(odd))).toBe(text.replace("ml-rg", "ML-rg").replace("ws-1", "Ws-1"));
  });

  it("may hold letters of any alphabet, and the longest names that Azure allows", () => {
    const group = `${"g".repeat(88)}ü(`;
    expect(parseResourceId(text.replace("ml-rg", group)).resourceGroup).toBe(group);
    expect(complaint(text.replace("ml-rg", `${group}x`))).toContain("cannot be the name of a resource group");
    expect(complaint(text.replace("ml-rg", "ends.in."))).toContain('"ends.in." cannot be the name of a resource group');
  });
});

describe("what is no ARM id", () => {
  it.each([
    ["", "(nothing) is not the id of an Azure resource: it does not start with '/'"],
    ["subscriptions/x", "it does not start with '/'"],
    ["/", "segment 1 is (nothing), not 'subscriptions'"],
    ["/subs/x", `segment 1 is "subs", not 'subscriptions'`],
    ["/subscriptions/my-sub/resourceGroups/rg", 'the subscription id "my-sub" is not a GUID'],
    ["/subscriptions//resourceGroups/rg", "the subscription id (nothing) is not a GUID"],
    [`/subscriptions/${home}`, "segment 3 is (nothing), not 'resourceGroups'"],
    [`/subscriptions/${home}/groups/rg`, `segment 3 is "groups", not 'resourceGroups'`],
    [`/subscriptions/${home}/resourceGroups/`, "(nothing) cannot be the name of a resource group"],
    [`/subscriptions/${home}/resourceGroups/rg`, "segment 5 is (nothing), not 'providers'"],
    [`/subscriptions/${home}/resourceGroups/rg/providers/Compute/vm/a`, '"Compute" is not a resource provider'],
    [`/subscriptions/${home}/resourceGroups/rg/providers/A.B`, "type and name must come in pairs"],
    [`${text}/computes`, "type and name must come in pairs after the provider"],
    [`${text}/com putes/gpu`, '"com putes" is not a resource type'],
  ])("%j is refused: %s", (id, reason) => {
    const message = complaint(id);
    expect(message).toContain(reason);
    expect(message).toContain(
      "Expected /subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/providers/{provider}/{type}/{name}.",
    );
  });

  it.each([
    "..",
    ".",
    "a b",
    "a?b",
    "a#b",
    "a%2fb",
    "a\\b",
    "a\nb",
    "a\u0000b",
    "a\u202eb",
    "<script>",
    "'or'1",
    "a;b",
    "\ud800",
  ])("a resource called %j is refused, and the name is quoted", (name) => {
    expect(complaint(text.replace("ws-1", name), parseWorkspaceId)).toContain(
      `${JSON.stringify(name)} cannot be the name of a resource`,
    );
  });

  it("is told in a message of bounded length, on one line", () => {
    const message = complaint(`/${"x\n".repeat(10_000)}`);
    expect(message.length).toBeLessThan(1_000);
    expect(message).not.toContain("\n");
  });

  it("the id of something else is called by its type", () => {
    expect(complaint(compute, parseWorkspaceId)).toBe(
      `${JSON.stringify(compute)} is the id of a Microsoft.MachineLearningServices/workspaces/computes, not of a Microsoft.MachineLearningServices/workspaces.`,
    );
    expect(complaint(text, parseRegistryId)).toContain("not of a Microsoft.ContainerRegistry/registries.");
  });

  it("parts that would leave their segment make no workspace id", () => {
    expect(() => armId.workspaceId(home, "rg", "ws/computes/gpu")).toThrow(InvalidIdError);
    expect(() => armId.workspaceId(home, "rg/providers/A.B/c", "ws")).toThrow(InvalidIdError);
    expect(() => armId.workspaceId(home, "rg", "")).toThrow("must come in pairs");
  });
});

describe("comparing ids", () => {
  it("takes no notice of casing", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (one, another) => {
        const [a, b] = [parseWorkspaceId(recase(text, one)), parseWorkspaceId(recase(text, another))];
        return sameId(a, b) && idKey(a) === idKey(b) && sameText(formatId(a), formatId(b));
      }),
    );
  });

  it("tells different names, groups, subscriptions and types apart", () => {
    const one = workspaceId("a", home, "g");
    expect(sameId(one, workspaceId("b", home, "g"))).toBe(false);
    expect(sameId(one, workspaceId("a", home, "h"))).toBe(false);
    expect(sameId(one, workspaceId("a", home.replace("1", "2"), "g"))).toBe(false);
    expect(sameId(parseResourceId(text), parseResourceId(compute))).toBe(false);
  });

  it("knows a GUID", () => {
    expect(isGuid(home.toUpperCase())).toBe(true);
    for (const no of ["", `{${home}}`, `${home} `, home.replaceAll("-", ""), `${home}\n`])
      expect(isGuid(no)).toBe(false);
  });
});

describe("whatever text comes", () => {
  const segment = fc.oneof(
    fc.constantFrom("subscriptions", "resourcegroups", "providers", home, "Microsoft.A", "workspaces", "", "..", "rg"),
    fc.string({ unit: "binary", maxLength: 8 }),
  );
  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(segment, { maxLength: 12 }).map((segments) => `/${segments.join("/")}`),
    fc.tuple(fc.nat(text.length), fc.string({ unit: "binary", maxLength: 3 })).map(([at, put]) => {
      return text.slice(0, at) + put + text.slice(at + put.length);
    }),
  );

  it("parsing throws InvalidIdError or nothing, and formatting what was parsed is stable", () => {
    fc.assert(
      fc.property(anyText, (any) => {
        for (const parse of [parseResourceId, parseWorkspaceId, parseRegistryId]) {
          try {
            const id = parse(any);
            expect(parse(formatId(id))).toEqual(id);
            expect(formatId(id).toLowerCase()).toBe(any.toLowerCase().replace(/\/$/, ""));
          } catch (error) {
            if (!(error instanceof InvalidIdError)) throw error;
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
