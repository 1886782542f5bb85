/** Required images in whole looks: core with the real adapters, against the stand-in. */
import { afterEach, describe, expect, test } from "vitest";

import type { Fixture } from "../../local/azure/index.ts";
import type { SettingsInput } from "../../local/azure/settings.ts";
import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import { parseImageName, parseImageSource } from "../../src/core/image-name.ts";
import type { RequiredImage } from "../../src/core/images.ts";
import type { Condition } from "../../src/core/outcome.ts";
import { countOf, policyOf, Remediator } from "./remediator.ts";
import { registry, registryId, subscriptionId, workspaceId } from "./setting.ts";

const base = parseImageName("team/base:1.0");
const fromHub = (name: string): RequiredImage => ({
  ...parseImageName(`${name}:latest`),
  importFrom: parseImageSource(`docker.io/windowsarena/${name}:latest`),
});
const winarena = fromHub("winarena");
const repaired = ["PATCH alpha", "PUT roleAssignments", "POST resyncKeys"];

let remediator: Remediator;
afterEach(() => remediator.azure.close());

/** Looks at a workspace that lacks everything until it waits no more. Answers what was sent to ARM. */
async function settle(
  requiredImages: readonly RequiredImage[],
  { settings = {}, properties = {} }: { settings?: SettingsInput; properties?: Record<string, unknown> } = {},
): Promise<Remediator["azure"]["requests"]> {
  const fixture: Fixture = {
    subscriptions: [{ subscriptionId }],
    resources: [{ id: registryId, repositories: { "team/base": ["1.0"] }, properties }, { id: workspaceId }],
    publicRegistries: { "docker.io": { "windowsarena/winarena": ["latest"], "windowsarena/tools": ["latest"] } },
  };
  const policy = policyOf({ subscriptions: [subscriptionId], defaultRegistry: registry, requiredImages });
  remediator = await Remediator.start(policy, fixture, settings);
  return remediator.settle([workspaceId]);
}

const outcome = () => remediator.outcomeOf(workspaceId);
const images = (): Record<string, string[]> => remediator.azure.world.images.repositories(registryId);
function condition(): Pick<Condition, "status" | "reason"> | undefined {
  const memory = remediator.stores.memoryOf(parseWorkspaceId(workspaceId));
  return memory?.conditions.find(({ type }) => type === "ImagesPresent");
}

describe("a workspace whose registry is to have an image", () => {
  test("that is there, is remediated as any other", async () => {
    expect(countOf(await settle([base])).writes.toSorted()).toEqual(repaired.toSorted());
    expect(outcome()?.kind).toBe("remediated");
    expect(condition()).toMatchObject({ status: "True", reason: "AllPresent" });
  });

  test("that is missing and may be imported, gets it last, and at the next look nothing more", async () => {
    const { writes } = countOf(await settle([base, winarena]));
    expect(writes.at(-1)).toBe("POST importImage");
    expect(writes.toSorted()).toEqual([...repaired, "POST importImage"].toSorted());
    expect(images()).toHaveProperty("winarena", ["latest"]);
    expect(outcome()).toMatchObject({
      kind: "remediated",
      done: expect.arrayContaining([
        "import winarena:latest into images from docker.io/windowsarena/winarena:latest",
      ]) as string[],
    });
    expect(condition()).toMatchObject({ status: "True" });
    expect(countOf(await remediator.settle([workspaceId])).writes).toEqual([]);
    expect(outcome()).toEqual({ kind: "compliant" });
  });

  test("that is missing and comes from nowhere, is put right otherwise, and blocked", async () => {
    const { writes } = countOf(await settle([parseImageName("team/other:1.0")]));
    expect(writes.toSorted()).toEqual(repaired.toSorted());
    expect(outcome()).toMatchObject({ kind: "blocked", reason: "ImageMissing" });
    expect(condition()).toMatchObject({ status: "False", reason: "ImageMissing" });
  });

  test("that does not let us look, is put right otherwise, and blocked: missing is what only an answer says", async () => {
    const { writes } = countOf(await settle([winarena], { properties: { publicNetworkAccess: "Disabled" } }));
    expect(writes.toSorted()).toEqual(repaired.toSorted());
    expect(outcome()).toMatchObject({ kind: "blocked", reason: "ImagesUnknown" });
    expect(condition()).toMatchObject({ status: "Unknown", reason: "ImagesUnknown" });
  });

  test("that takes minutes to import, gets everything else meanwhile, and each of several by one request", async () => {
    const settings = { importSeconds: 90, retryAfterSeconds: 10 };
    const sent = await settle([winarena, fromHub("tools")], { settings });
    const { writes } = countOf(sent);
    expect(writes.toSorted()).toEqual([...repaired, "POST importImage", "POST importImage"].toSorted());
    expect(sent.filter(({ early }) => early)).toEqual([]);
    expect(images()).toMatchObject({ winarena: ["latest"], tools: ["latest"] });
    expect(outcome()?.kind).toBe("remediated");
  });

  test("of which one cannot be had, gets the other all the same", async () => {
    const settings = { importSeconds: 30, retryAfterSeconds: 10 };
    const { writes } = countOf(await settle([fromHub("nowhere"), winarena], { settings }));
    // Once more after the other has ended: whether it can be had by now is anew asked by each look.
    expect(writes.filter((write) => write === "POST importImage")).toHaveLength(3);
    expect(images()).toHaveProperty("winarena", ["latest"]);
    expect(outcome()).toMatchObject({ kind: "blocked", reason: "RequestRefused" });
    expect(condition()).toMatchObject({ status: "False" });
  });
});

test("without required images no registry is asked, and nothing is told of images", async () => {
  await settle([]);
  expect(outcome()?.kind).toBe("remediated");
  expect(remediator.azure.registryRequests).toEqual([]);
  expect(condition()).toBeUndefined();
});

test("in audit mode an import is listed, and not made", async () => {
  await settle([]);
  remediator.policy = { ...remediator.policy, mode: "audit", requiredImages: [winarena] };
  const sent = await remediator.settle([workspaceId]);
  expect(countOf(sent).writes).toEqual([]);
  expect(outcome()).toMatchObject({
    kind: "blocked",
    reason: "AuditMode",
    message: expect.stringMatching(/^Enforcing would import winarena:latest into images from docker\.io/) as string,
  });
});
