import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";

import type { Fixture } from "../../local/azure/index.ts";
import type { SettingsInput } from "../../local/azure/settings.ts";
import { imageReads } from "../../src/azure/images.ts";
import { parseImageName, parseImageSource } from "../../src/core/image-name.ts";
import type { Action } from "../../src/core/actions.ts";
import type { FoundRegistry } from "../../src/core/observation.ts";
import {
  acceptance,
  adapters,
  credentialOf,
  failureOf,
  leaseOf,
  registry,
  registryId,
  remembered,
  type Setting,
  unaborted,
  workspace,
} from "./setting.ts";

const base = parseImageName("team/base:1.0");
const winarena = parseImageName("winarena:latest");
const from = parseImageSource("docker.io/windowsarena/winarena:latest");
const importing: Action & { kind: "ImportImage" } = { kind: "ImportImage", workspace, registry, image: winarena, from };
/** As the stand-in makes them up. */
const digestOf = (name: string): string => `sha256:${createHash("sha256").update(name).digest("hex")}`;
const nothing = acceptance().note;

/** A registry with one image, and one out there. */
async function withImages(properties: Record<string, unknown> = {}, settings: SettingsInput = {}) {
  const fixture: Fixture = {
    resources: [{ id: registryId, repositories: { "team/base": ["1.0"] }, properties }],
    publicRegistries: { "docker.io": { "windowsarena/winarena": ["latest"] } },
  };
  const setting = await adapters(fixture, settings);
  const found = await setting.reads.registry(registry, 0, unaborted);
  if (found.kind === "missing") throw new Error("The registry is not there.");
  return { ...setting, found };
}

const has = ({ azure }: Setting): Record<string, string[]> => azure.world.images.repositories(registryId);
const asked = ({ azure }: Setting): number =>
  azure.registryRequests.filter(({ method, status }) => method === "GET" && status !== 401).length;

describe("a registry is asked for an image", () => {
  test("by its very tag: one that differs in case is another", async () => {
    const { reads, found, azure } = await withImages();
    azure.world.images.put(registryId, "team/base", "rc1", digestOf("any"), 0);
    const kinds = [];
    for (const name of ["team/base:rc1", "team/base:RC1"])
      kinds.push((await reads.image(found, parseImageName(name), 0, unaborted)).kind);
    expect(kinds).toEqual(["present", "missing"]);
  });

  test.each([
    ["team/base:1.0", "present"],
    [`team/base@${digestOf("team/base:1.0")}`, "present"],
    ["team/base:2.0", "missing"],
    ["team/base", "missing"],
    ["winarena:latest", "missing"],
    [`team/base@${digestOf("another")}`, "missing"],
  ])("%s, which is %s", async (name, kind) => {
    const { reads, found } = await withImages();
    expect(await reads.image(found, parseImageName(name), 0, unaborted)).toEqual({ kind });
  });

  test("and what is there is not asked for again for five minutes, unless somebody needs it fresher", async () => {
    const setting = await withImages();
    const { reads, found, clock } = setting;
    const readAt = clock.now();
    const ask = (freshAfter: number) => reads.image(found, base, freshAfter, unaborted);
    await ask(0);
    clock.pass(299);
    await ask(readAt);
    expect(asked(setting)).toBe(1);
    await ask(readAt + 1);
    expect(asked(setting)).toBe(2);
    clock.pass(301);
    await ask(0);
    expect(asked(setting)).toBe(3);
  });

  test("and what is missing is seen as soon as it is there", async () => {
    const { reads, found, azure } = await withImages();
    const ask = () => reads.image(found, winarena, 0, unaborted);
    expect(await ask()).toEqual({ kind: "missing" });
    azure.world.images.put(registryId, "winarena", "latest", digestOf("any"), 0);
    expect(await ask()).toEqual({ kind: "present" });
  });
});

describe("a registry that cannot be asked leaves it unknown, and says why and how to mend it:", () => {
  const unknown = (why: RegExp) => ({
    kind: "unknown",
    why: expect.stringMatching(why) as string,
    isPassing: false,
  });

  test.each([
    ["LegacyRegistryPermissions", /UNAUTHORIZED: .* Give our identity AcrPull on .*\/registries\/images/],
    ["AbacRepositoryPermissions", /Give our identity Container Registry Repository Reader on/],
  ])("our identity may not read (%s)", async (roleAssignmentMode, why) => {
    const { reads, found, azure } = await withImages({ roleAssignmentMode });
    azure.world.setPermissions([{ scope: "/", actions: ["Microsoft.ContainerRegistry/registries/read"] }]);
    expect(await reads.image(found, base, 0, unaborted)).toEqual(unknown(why));
  });

  test.each([{ publicNetworkAccess: "Disabled" }, { networkRuleSet: { defaultAction: "Deny" } }])(
    "its network lets nobody in (%o)",
    async (properties) => {
      const { reads, found } = await withImages(properties);
      const why = /DENIED: .*is not allowed access.* Let the app's network in/;
      expect(await reads.image(found, base, 0, unaborted)).toEqual(unknown(why));
    },
  );

  test("it is not reached", async () => {
    const { reads, found } = await withImages();
    const lost: FoundRegistry = { ...found, loginServer: "127.0.0.1:1" };
    expect(await reads.image(lost, base, 0, unaborted)).toEqual(unknown(/no answer: .*private endpoint/));
  });

  test("it does not let tokens for ARM log in, which only a sovereign cloud has us send", async () => {
    const policies = { azureADAuthenticationAsArmPolicy: { status: "disabled" } };
    const { reads, found, azure, clock } = await withImages({ policies });
    const settings = { audience: azure.armEndpoint, requestMs: 25_000 };
    const asArm = imageReads(settings, credentialOf(azure), clock);
    expect(await asArm(found, base, 0, unaborted)).toEqual(unknown(/azureADAuthenticationAsArmPolicy/));
    expect(await reads.image(found, base, 0, unaborted)).toEqual({ kind: "present" });
  });

  test("no token for it is to be had", async () => {
    const { found, clock } = await withImages();
    const getToken = () => Promise.reject(new Error("No identity is assigned."));
    const ask = imageReads({ audience: "https://containerregistry.azure.net", requestMs: 25_000 }, { getToken }, clock);
    expect(await ask(found, base, 0, unaborted)).toEqual(unknown(/No identity is assigned/));
  });

  test("it has no login server yet, which passes", async () => {
    const { reads, found } = await withImages();
    const { kind, id, provisioningState, mode, adminUserEnabled } = found;
    const young = { kind, id, provisioningState, mode, adminUserEnabled };
    expect(await reads.image(young, base, 0, unaborted)).toMatchObject({ kind: "unknown", isPassing: true });
  });
});

describe("an import", () => {
  test("is one POST that overwrites nothing", async () => {
    const setting = await withImages();
    expect(await setting.writes.importImage(importing, leaseOf(), nothing)).toEqual({ kind: "done" });
    expect(setting.written()).toEqual(["POST importImage 200"]);
    expect(setting.azure.requests.at(-1)?.body).toEqual({
      source: { registryUri: "docker.io", sourceImage: "windowsarena/winarena:latest" },
      targetTags: ["winarena:latest"],
      mode: "NoForce",
    });
    expect(has(setting)).toEqual({ "team/base": ["1.0"], winarena: ["latest"] });
  });

  test("of an image by its digest makes up no tag", async () => {
    const setting = await withImages();
    const reference = digestOf("windowsarena/winarena:latest");
    const pinned = { ...importing, image: { ...winarena, reference }, from: { ...from, reference } };
    await setting.writes.importImage(pinned, leaseOf(), nothing);
    expect(has(setting)).toEqual({ "team/base": ["1.0"], winarena: [] });
    expect(await setting.reads.image(setting.found, pinned.image, 0, unaborted)).toEqual({ kind: "present" });
  });

  test("that takes long is remembered, followed at Azure's pace for 20 s, resumed, and never sent again", async () => {
    const setting = await withImages({}, { importSeconds: 45, retryAfterSeconds: 10 });
    const { accepted, note } = acceptance();
    const began = await setting.writes.importImage(importing, leaseOf(), note);
    expect(began).toMatchObject({ kind: "running" });
    expect(accepted).toHaveLength(1);
    const then = await setting.writes.resume(remembered(began, "ImportImage"), workspace, leaseOf());
    expect(then).toMatchObject({ kind: "running" });
    const last = await setting.writes.resume(remembered(then, "ImportImage"), workspace, leaseOf());
    expect(last).toEqual({ kind: "done" });
    expect(has(setting)).toHaveProperty("winarena");
    expect(setting.written()).toEqual(["POST importImage 202"]);
    expect(setting.azure.requests.filter(({ early }) => early)).toEqual([]);
  });

  test.each([0, 3])("of what is there by now is done (%i s)", async (importSeconds) => {
    const setting = await withImages({}, { importSeconds });
    const taken = { ...importing, image: base };
    const before = setting.azure.world.images.find(registryId, "team/base:1.0");
    expect(await setting.writes.importImage(taken, leaseOf(), nothing)).toEqual({ kind: "done" });
    expect(setting.azure.world.images.find(registryId, "team/base:1.0")).toEqual(before);
  });

  test("from where there is no such image failed, and says so", async () => {
    const setting = await withImages();
    const lost = { ...importing, from: parseImageSource("quay.io/windowsarena/winarena:latest") };
    expect(await setting.writes.importImage(lost, leaseOf(), nothing)).toMatchObject({
      kind: "failed",
      failure: { kind: "operatorMustAct", message: expect.stringContaining("Unable to find manifest") as string },
    });
  });

  test("that we may not make names action and scope", async () => {
    const { writes, azure } = await withImages();
    azure.world.setPermissions([{ scope: "/", actions: ["*/read"] }]);
    expect(await failureOf(writes.importImage(importing, leaseOf(), nothing))).toMatchObject({
      kind: "missingPermission",
      action: "Microsoft.ContainerRegistry/registries/importImage/action",
      scope: registryId,
    });
  });

  test("is not sent without the lease", async () => {
    const setting = await withImages();
    const lease = leaseOf();
    lease.lose();
    expect(await failureOf(setting.writes.importImage(importing, lease, nothing))).toMatchObject({ kind: "leaseLost" });
    expect(setting.written()).toEqual([]);
  });
});
