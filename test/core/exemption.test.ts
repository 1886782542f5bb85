import { describe, expect, it } from "vitest";
import { exemption, tagExemption } from "../../src/core/exemption.ts";
import { giveUp } from "../../src/core/work.ts";
import { formatId } from "../../src/core/arm-id.ts";
import { aWorld, simulated, ws } from "./a-world.ts";
import type { World } from "./world.ts";

const day = 24 * 3_600_000;

describe("the opt-out tag", () => {
  const reason = (tags: Record<string, string>): string | undefined => tagExemption({ tags })?.reason;

  it("takes a workspace out with skip", () => {
    for (const value of ["skip", "SKIP", " Skip "]) expect(reason({ "acr-remediation": value })).toBe("OptOutTag");
    expect(reason({ "ACR-REMEDIATION": "skip" })).toBe("OptOutTag");
  });

  it("leaves a workspace in when it is absent, or says manage", () => {
    expect(reason({})).toBeUndefined();
    expect(reason({ "acr-remediation-registry": "skip", "x-acr-remediation": "skip" })).toBeUndefined();
    expect(reason({ "acr-remediation": "Manage " })).toBeUndefined();
  });

  it.each(["", "no", "false", "skipp", "manage,skip", "ｓｋｉｐ", "__proto__"])(
    "takes a workspace out with the unknown value %j, and says so",
    (value) => {
      const exempt = tagExemption({ tags: { "acr-remediation": value } });
      expect(exempt?.reason).toBe("UnknownOptOutTag");
      expect(exempt?.message).toContain(`has the value ${JSON.stringify(value)}, which is neither 'skip' nor 'manage'`);
    },
  );

  it("does not fill a message with a long value", () => {
    expect(tagExemption({ tags: { "acr-remediation": "x".repeat(9_999) } })?.message.length).toBeLessThan(400);
  });

  it("wins in whatever casing it comes, should it ever come twice", () => {
    expect(reason({ "acr-remediation": "manage", "ACR-Remediation": "skip" })).toBe("OptOutTag");
  });

  it("is one tag only: its name is not a pattern, and not inherited", () => {
    const inherited = Object.create({ "acr-remediation": "skip" }) as Record<string, string>;
    expect(reason(inherited)).toBeUndefined();
  });
});

describe("an operator's exemption", () => {
  const say = (world: World, exempt: { until: number; reason: string } | "lifted"): Promise<void> =>
    world.request(ws, "http", { exempt });
  const forADay = (world: World) => ({ until: world.clock.now() + day, reason: "a migration" });

  it("leaves the workspace alone until its end, and then it is looked after again by itself", async () => {
    const world = aWorld();
    const exempt = forADay(world);
    await say(world, exempt);
    await world.step();
    expect(world.outcomeOf(ws)).toEqual({
      kind: "exempt",
      reason: "OperatorExemption",
      message: "An operator took this workspace out for a while: a migration",
      until: exempt.until,
    });
    expect(world.memoryOf(ws).nextLookAt).toBe(exempt.until);
    await world.request(ws);
    await world.request(ws, "sweep");
    await world.step();
    await world.step();
    expect(world.writesOf(ws)).toEqual([]);
    await world.drain();
    expect(world.clock.now()).toBeGreaterThanOrEqual(exempt.until);
    expect(world.outcomeOf(ws).kind).toBe("compliant");
    expect(world.writesOf(ws)).toHaveLength(3);
    expect(world.memoryOf(ws).exempt).toBeUndefined();
  });

  it("reads nothing but the workspace", async () => {
    const world = aWorld();
    await say(world, forADay(world));
    await world.step();
    expect(world.azure.calls).toEqual(["workspace"]);
  });

  it("ends when it is lifted", async () => {
    const world = aWorld();
    await say(world, forADay(world));
    await world.step();
    await say(world, "lifted");
    while (world.outcomeOf(ws).kind === "exempt") await world.step();
    expect(world.outcomeOf(ws).kind).toBe("remediated");
  });

  it("is what was said last, in whatever order messages come", async () => {
    const world = aWorld();
    const first = forADay(world);
    await say(world, first);
    world.clock.advance(1);
    await say(world, "lifted");
    world.clock.advance(1);
    const last = { until: first.until + day, reason: "longer" };
    await say(world, last);
    world.stores.messages.reverse();
    await world.step();
    expect(world.memoryOf(ws).exempt).toEqual(last);
  });

  it("never lifts a tag, and a tag never lifts it", async () => {
    const world = aWorld({ tags: { "acr-remediation": "skip" } });
    const exempt = forADay(world);
    await say(world, exempt);
    await world.step();
    expect(world.outcomeOf(ws)).toMatchObject({ kind: "exempt", reason: "OptOutTag" });
    expect(world.memoryOf(ws).exempt).toEqual(exempt);
    await say(world, "lifted");
    await world.step();
    await world.step();
    expect(world.memoryOf(ws).exempt).toBeUndefined();
    expect(world.outcomeOf(ws)).toMatchObject({ kind: "exempt", reason: "OptOutTag" });
    const now = world.clock.now();
    expect(exemption({ tags: { "acr-remediation": "manage" } }, exempt, now)?.reason).toBe("OperatorExemption");
    expect(exemption({ tags: { "acr-remediation": "manage" } }, exempt, exempt.until)).toBeUndefined();
  });

  it("outlives messages that were given up", async () => {
    const world = aWorld();
    const exempt = forADay(world);
    await say(world, exempt);
    const [sent] = world.stores.messages.splice(0);
    await giveUp({ workspaceId: formatId(ws), requestId: sent?.message.requestId ?? "" }, world.policy, world.ports);
    expect(world.outcomeOf(ws)).toMatchObject({ kind: "blocked", reason: "ProcessingFailed" });
    await world.step();
    expect(world.memoryOf(ws).exempt).toEqual(exempt);
    expect(world.outcomeOf(ws).kind).toBe("exempt");
  });

  it("does not outlive the workspace: one made anew under its name has nothing in common with it", async () => {
    const world = aWorld();
    await say(world, { until: world.clock.now() + 30 * day, reason: "r" });
    await world.step();
    world.azure.workspaces.length = 0;
    await world.drain();
    world.azure.workspaces.push(simulated());
    await world.request(ws);
    await world.drain();
    expect(world.outcomeOf(ws).kind).toBe("compliant");
  });
});
