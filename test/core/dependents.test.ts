import { describe, expect, it } from "vitest";
import { idKey } from "../../src/core/arm-id.ts";
import { aWorld, ws } from "./a-world.ts";
import { DoomedProcess } from "./crash.ts";
import { storageAccount } from "./ids.ts";
import { contoso, other, registryOf } from "./samples.ts";
import type { World } from "./world.ts";

const row = (index: string, resource: Parameters<typeof idKey>[0]): string =>
  `${index} ${idKey(resource)} ${idKey(ws)}`;
const both = [row("registry", contoso), row("storageAccount", storageAccount)];

async function looked(world: World, cause: "event" | "sweep" = "event"): Promise<World> {
  await world.request(ws, cause);
  await world.drain();
  return world;
}

describe("the index", () => {
  it("leads from registry and storage account to the workspace once it was looked at", async () => {
    expect([...(await looked(aWorld({ storageAccount }))).stores.indexed]).toEqual(both);
  });

  it("leads there from the registry that is to be attached, also while it does not exist", async () => {
    const world = aWorld();
    world.azure.registries.length = 0;
    await world.request(ws);
    await world.step();
    expect(world.outcomeOf(ws)).toMatchObject({ reason: "RegistryNotFound" });
    expect([...world.stores.indexed]).toEqual([row("registry", contoso)]);
  });

  it("follows a workspace to another registry", async () => {
    const world = await looked(aWorld());
    world.azure.find(ws)?.attachments.push({ registry: other, at: world.clock.now() });
    world.azure.registries.push(registryOf({ id: other }));
    world.policy = { ...world.policy, rules: [{ registries: [other] }] };
    await looked(world);
    expect([...world.stores.indexed]).toEqual([row("registry", other)]);
  });

  it("forgets a workspace that is gone", async () => {
    const world = await looked(aWorld({ storageAccount }));
    world.azure.workspaces.length = 0;
    await looked(world);
    expect(world.stores.indexed.size).toBe(0);
  });

  it("keeps a workspace that was not there only once, as a read may lag", async () => {
    const world = await looked(aWorld({ storageAccount }));
    world.clock.advance(60_000);
    const workspaces = world.azure.workspaces.splice(0);
    await world.request(ws);
    await world.step();
    expect(world.outcomeOf(ws)).toEqual({ kind: "gone" });
    expect([...world.stores.indexed]).toEqual(both);
    world.azure.workspaces.push(...workspaces);
    await world.drain();
    expect(world.outcomeOf(ws)).toEqual({ kind: "compliant" });
    expect([...world.stores.indexed]).toEqual(both);
  });

  it("is written again by a sweep, and only then, where nothing has changed", async () => {
    const world = await looked(aWorld({ storageAccount }));
    world.stores.indexed.clear();
    world.clock.advance(60_000);
    expect((await looked(world)).stores.indexed.size).toBe(0);
    world.clock.advance(60_000);
    expect([...(await looked(world, "sweep")).stores.indexed]).toEqual(both);
  });

  it("has every row it needs, whichever call a process died at", async () => {
    const unharmed = new DoomedProcess(Infinity, "after");
    const run = async (process: DoomedProcess): Promise<World> => {
      const world = aWorld({ storageAccount });
      world.doomed.push(process);
      return looked(world);
    };
    await run(unharmed);
    for (let at = 0; at < unharmed.calls; at += 1) {
      const world = await run(new DoomedProcess(at, "after"));
      expect([...world.stores.indexed].sort(), `died after call ${at}`).toEqual(both.toSorted());
    }
  });
});
