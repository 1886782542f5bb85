import { describe, expect, it } from "vitest";
import type { Presence } from "../../src/core/images.ts";
import type { Memory } from "../../src/core/memory.ts";
import { attached, aWorld, ws } from "./a-world.ts";
import { planned } from "./planning.ts";
import { all, grant, late, once } from "./reconciling.ts";
import { base, contoso, nameless, observed, winarena } from "./samples.ts";
import { imageKey } from "./simulated-azure.ts";
import type { World } from "./world.ts";

const present: Presence = { kind: "present" };
const missing: Presence = { kind: "missing" };
const shut: Presence = { kind: "unknown", why: "the network is shut. Open it", isPassing: false };
const away: Presence = { kind: "unknown", why: "it is busy", isPassing: true };
const importing = "import winarena:latest into contoso from docker.io/windowsarena/winarena:latest";

/** How the plan ends, what it imports, and its condition, for these two required images. */
function told(ofWinarena: Presence, ofBase: Presence, principals = observed().principals) {
  const images = [
    { image: winarena, presence: ofWinarena },
    { image: base, presence: ofBase },
  ];
  const { ending, actions, findings } = planned(observed({ images, principals }), undefined, {
    requiredImages: [winarena, base],
  });
  const found = findings.find(({ type }) => type === "ImagesPresent");
  return [
    "reason" in ending ? `${ending.kind}: ${ending.reason}` : ending.kind,
    actions.filter(({ kind }) => kind === "ImportImage").length,
    `${found?.status ?? ""} ${found?.reason ?? ""}`,
  ];
}

describe("of two required images, one of which can be imported, a plan with", () => {
  it.each([
    ["both there", present, present, "settled", 0, "True AllPresent"],
    ["the one missing that can be imported", missing, present, "settled", 1, "False ImageMissing"],
    ["the other missing", present, missing, "blocked: ImageMissing", 0, "False ImageMissing"],
    ["both missing", missing, missing, "blocked: ImageMissing", 1, "False ImageMissing"],
    ["one that cannot be seen", present, shut, "blocked: ImagesUnknown", 0, "Unknown ImagesUnknown"],
    ["one that cannot be seen for a moment", away, present, "waiting: Transient", 0, "Unknown ImagesUnknown"],
    ["one missing, one not to be seen", shut, missing, "blocked: ImageMissing", 0, "False ImageMissing"],
    ["one to import, one not to be seen", missing, shut, "blocked: ImagesUnknown", 1, "False ImageMissing"],
    ["one to import, one to be seen soon", missing, away, "waiting: Transient", 1, "False ImageMissing"],
  ])("%s", (_what, ofWinarena, ofBase, ...expected) => {
    expect(told(ofWinarena, ofBase)).toEqual(expected);
  });

  it("an identity that is waited for waits for that, and imports all the same", () => {
    expect(told(missing, missing, [nameless])).toEqual(["waiting: IdentityNotReady", 1, "False ImageMissing"]);
  });

  it("one missing tells which, where, and what to do", () => {
    const images = [{ image: base, presence: missing }];
    const { ending, findings } = planned(observed({ images }), undefined, { requiredImages: [base] });
    expect(ending).toHaveProperty("message", expect.stringContaining("contoso lacks team/base:1.0"));
    expect(ending).toHaveProperty("message", expect.stringContaining("Push what is missing"));
    expect(findings.at(-1)?.message).toBe("0 of 1 required images are in contoso; missing: team/base:1.0.");
  });

  it("several that cannot be seen tells why once", () => {
    const images = [winarena, base].map((image) => ({ image, presence: shut }));
    const { ending } = planned(observed({ images }), undefined, { requiredImages: [winarena, base] });
    const why = "winarena:latest, team/base:1.0 (the network is shut. Open it)";
    expect(ending).toHaveProperty("message", expect.stringContaining(why));
  });
});

it("without required images nothing is said of images", () => {
  expect(planned(observed()).findings.map(({ type }) => type)).not.toContain("ImagesPresent");
  expect(planned({ kind: "gone", id: ws, at: 0 }, undefined, { requiredImages: [base] }).findings).toEqual([]);
});

describe("a look at a workspace whose registry lacks an image", () => {
  const requiring = (more = {}): World => aWorld(more, { requiredImages: [winarena] });
  const next = async (world: World): Promise<Memory> => {
    world.clock.advance(20_000);
    return once(world);
  };

  it("puts everything else right first, and imports it last", async () => {
    const world = requiring();
    const memory = await once(world);
    expect(world.writesOf(ws)).toEqual(["attach", "grant", "sync", "import"]);
    expect(memory.outcome).toEqual({ kind: "remediated", done: [...all, importing] });
    expect(memory.conditions.find(({ type }) => type === "ImagesPresent")?.status).toBe("True");
  });

  it("does not owe a key sync for it", async () => {
    const world = requiring();
    await once(world);
    world.azure.images.clear();
    let owed: unknown;
    world.writes.onSent = () => (owed = world.memoryOf(ws).syncOwed);
    await next(world);
    expect([owed, world.writesOf(ws).slice(-1)]).toEqual([false, ["import"]]);
  });

  it("remembers an import that runs on, and reads back what it did besides", async () => {
    const world = requiring();
    world.writes.courses.push({ ms: 0 }, { ms: 0 }, { ms: 90_000 });
    const memory = await once(world);
    expect(memory.outcome).toMatchObject({ kind: "waiting", reason: "OperationInProgress" });
    expect(memory).toMatchObject({ importing: { kind: "ImportImage", description: importing } });
    expect(memory.operation).toBeUndefined();
    expect(memory.conditions.map(({ status }) => status)).toEqual(["True", "True", "True", "False"]);
  });

  it("grants and syncs what is to be granted and synced while an import runs", async () => {
    const world = requiring(late);
    world.writes.courses.push({ ms: 0 }, { ms: 3_600_000 });
    await once(world);
    expect(world.writesOf(ws)).toEqual(["attach", "import"]);
    const [there] = world.azure.workspaces;
    if (there?.system === undefined) throw new Error("There is no workspace.");
    world.azure.workspaces.splice(0, 1, { ...there, system: { ...there.system, appearsAt: 0, knownAt: 0 } });
    const memory = await next(world);
    expect(world.writesOf(ws)).toEqual(["attach", "import", "grant", "sync"]);
    expect(memory.outcome).toMatchObject({ kind: "waiting", reason: "OperationInProgress" });
    world.clock.advance(3_600_000);
    expect((await once(world)).outcome).toMatchObject({ kind: "remediated" });
    expect(world.writesOf(ws)).toHaveLength(4);
  });

  it("is told what refused the import, after everything else was done", async () => {
    const world = requiring();
    world.azure.denied.add("import");
    const memory = await once(world);
    expect(memory.outcome).toMatchObject({ kind: "waiting", reason: "PermissionsYoung" });
    expect(memory.done).toEqual(all);
    expect(memory.conditions.map(({ status }) => status)).toEqual(["True", "True", "True", "False"]);
  });

  it("gives an import up that outlived the deadline, and sends it anew", async () => {
    const world = requiring(attached);
    world.writes.courses.push({ ms: 0 }, { ms: Infinity });
    await once(world);
    world.clock.advance(world.policy.waits.deadlineMs);
    await once(world);
    expect(world.writesOf(ws).filter((kind) => kind === "import")).toHaveLength(2);
  });

  it("leaves it alone once it was imported and deleted again too often", async () => {
    const world = requiring();
    for (let round = 0; round < 5; round += 1) {
      await once(world);
      world.azure.images.clear();
      world.clock.advance(3_600_000);
    }
    expect((await once(world)).outcome).toMatchObject({ kind: "blocked", reason: "Contested" });
  });

  it("imports nothing in audit mode, and lists it", async () => {
    const world = aWorld(attached, { requiredImages: [winarena], mode: "audit" });
    expect((await once(world)).outcome).toHaveProperty("message", expect.stringContaining(`${importing}. Nothing`));
    expect(world.writes.sent).toEqual([]);
  });

  it("imports into the registry that the policy wants, and asks no other", async () => {
    const world = requiring();
    world.azure.images.set(imageKey(contoso, winarena), present);
    expect((await once(world)).outcome).toEqual({ kind: "remediated", done: ["attach contoso", grant, "sync keys"] });
  });
});
