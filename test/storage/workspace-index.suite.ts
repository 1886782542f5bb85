import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { formatId, parseResourceId, type ResourceId, type Scope, type WorkspaceId } from "../../src/core/arm-id.ts";
import type { IndexName, WorkspaceIndex } from "../../src/core/ports.ts";
import { openWorkspaceIndex } from "../../src/storage/workspace-index.ts";
import { type Setting, someWorkspace, tableClient } from "./setting.ts";

export function workspaceIndexSuite(setting: () => Setting): void {
  const open = (pageSize?: number): WorkspaceIndex =>
    openWorkspaceIndex(setting().storage, pageSize === undefined ? {} : { pageSize });

  /** Page after page, each as it came. */
  const pages = async (index: WorkspaceIndex, scope: Scope, name: IndexName = "registry"): Promise<string[][]> => {
    const found: string[][] = [];
    let after: string | undefined;
    do {
      const page = await index.page(name, scope, after);
      found.push([...page.workspaceIds]);
      after = page.after;
    } while (after !== undefined);
    return found;
  };
  const listed = async (scope: Scope, name?: IndexName): Promise<string[]> =>
    (await pages(open(), scope, name)).flat().sort();

  const indexed = async (resource: ResourceId, count: number): Promise<WorkspaceId[]> => {
    const workspaces = Array.from({ length: count }, () => someWorkspace());
    await Promise.all(workspaces.map((workspace) => open().put("registry", resource, workspace)));
    return workspaces;
  };

  describe("the index of workspaces", () => {
    it("leads from a registry to its workspaces, each once however often it was put", async () => {
      const registry = someRegistry();
      const workspaces = await indexed(registry, 3);
      for (const workspace of workspaces) await open().put("registry", registry, workspace);
      expect(await listed(scopeOf(registry))).toEqual(idsOf(workspaces));
    });

    it("no longer leads to a removed workspace, however often it was removed", async () => {
      const registry = someRegistry();
      const [gone, ...others] = await indexed(registry, 3);
      if (gone === undefined) throw new Error();
      await open().remove("registry", registry, gone);
      await open().remove("registry", registry, gone);
      await open().remove("registry", someRegistry(), gone);
      expect(await listed(scopeOf(registry))).toEqual(idsOf(others));
    });

    it("leads to whatever depends on something in a resource group, or in a subscription", async () => {
      const subscriptionId = randomUUID();
      const [one, other, third] = [
        someRegistry(subscriptionId, "rg-1"),
        someRegistry(subscriptionId, "rg-1"),
        someRegistry(subscriptionId, "rg-2"),
      ] as const;
      const first = await indexed(one, 2);
      const second = await indexed(other, 2);
      const last = await indexed(third, 1);
      await indexed(someRegistry(), 1);
      expect(await listed(scopeOf(one))).toEqual(idsOf(first));
      expect(await listed({ subscriptionId, resourceGroup: "rg-1" })).toEqual(idsOf([...first, ...second]));
      expect(await listed({ subscriptionId })).toEqual(idsOf([...first, ...second, ...last]));
      expect(await listed({ subscriptionId, resourceGroup: "rg-3" })).toEqual([]);
    });

    it("tells names apart of which one begins with the other, groups as well as registries", async () => {
      const subscriptionId = randomUUID();
      const [short, long] = [someRegistry(subscriptionId, "rg", "acr"), someRegistry(subscriptionId, "rg-1", "acr")];
      const longer = someRegistry(subscriptionId, "rg", "acr1");
      const [one, two, three] = [await indexed(short, 1), await indexed(long, 1), await indexed(longer, 1)];
      expect(await listed({ subscriptionId, resourceGroup: "rg" })).toEqual(idsOf([...one, ...three]));
      expect(await listed({ subscriptionId, resourceGroup: "rg-1" })).toEqual(idsOf(two));
      expect(await listed(scopeOf(short))).toEqual(idsOf(one));
    });

    it("does not care for the casing of any id", async () => {
      const registry = someRegistry(undefined, "Straße-Ω", "Acr");
      const shouted = parseResourceId(formatId(registry).replace("Straße-Ω", "STRAßE-Ω").replace(/Acr$/, "ACR"));
      const workspace = someWorkspace();
      const upper = { ...workspace, resourceGroup: workspace.resourceGroup.toUpperCase() };
      await open().put("registry", registry, workspace);
      await open().put("registry", shouted, upper);
      const { subscriptionId } = registry;
      expect(await listed({ subscriptionId: subscriptionId.toUpperCase() })).toEqual([formatId(upper)]);
      expect(await listed({ subscriptionId, resourceGroup: "straße-ω" })).toEqual([formatId(upper)]);
      await open().remove("registry", registry, upper);
      expect(await listed({ subscriptionId })).toEqual([]);
    });

    it("keeps letters apart that Azure keeps apart, though their lower case is the same", async () => {
      const subscriptionId = randomUUID();
      const kelvin = await indexed(someRegistry(subscriptionId, "rg-\u212a"), 1);
      const plain = await indexed(someRegistry(subscriptionId, "rg-K"), 1);
      expect(await listed({ subscriptionId, resourceGroup: "rg-\u212a" })).toEqual(idsOf(kelvin));
      expect(await listed({ subscriptionId, resourceGroup: "rg-k" })).toEqual(idsOf(plain));
    });

    it("keeps registries and storage accounts apart", async () => {
      const registry = someRegistry();
      const [workspace] = await indexed(registry, 1);
      if (workspace === undefined) throw new Error();
      expect(await listed(scopeOf(registry), "storageAccount")).toEqual([]);
      const account = parseResourceId(formatId(registry).replace(/Microsoft.*/, "Microsoft.Storage/storageAccounts/s"));
      await open().put("storageAccount", account, workspace);
      expect(await listed(scopeOf(account), "storageAccount")).toEqual([formatId(workspace)]);
      await open().remove("storageAccount", account, workspace);
      expect(await listed(scopeOf(registry))).toEqual([formatId(workspace)]);
    });

    it("comes in pages, also when the last one is full", async () => {
      const registry = someRegistry();
      const workspaces = await indexed(registry, 7);
      const three = await pages(open(3), scopeOf(registry));
      expect(three.map(({ length }) => length)).toEqual([3, 3, 1]);
      expect(three.flat().sort()).toEqual(idsOf(workspaces));
      const seven = await pages(open(7), scopeOf(registry));
      expect(seven.map(({ length }) => length)).toEqual([7, 0]);
    });

    it("leads to several hundred workspaces of one registry", async () => {
      const registry = someRegistry();
      const workspaces = await indexed(registry, 450);
      const found = await pages(open(), scopeOf(registry));
      expect(found.map(({ length }) => length)).toEqual([200, 200, 50]);
      expect(found.flat().sort()).toEqual(idsOf(workspaces));
    });

    it("tells every workspace that was there at its first page and still is at its last, and tells it once", async () => {
      const registry = someRegistry();
      const workspaces = await indexed(registry, 20);
      const index = open(3);
      const found: string[] = [];
      const removed: string[] = [];
      let after: string | undefined;
      do {
        const page = await index.page("registry", scopeOf(registry), after);
        found.push(...page.workspaceIds);
        after = page.after;
        if (removed.length < 4) await indexed(registry, 2);
        const next = workspaces.find((workspace) => !removed.includes(formatId(workspace)));
        if (next !== undefined && removed.length < 4) {
          await index.remove("registry", registry, next);
          removed.push(formatId(next));
        }
      } while (after !== undefined);
      expect(found).toHaveLength(new Set(found).size);
      expect(found).toEqual(expect.arrayContaining(idsOf(workspaces).filter((id) => !removed.includes(id))) as unknown);
    });

    it.each(["", "0", "~"])(
      "stays within its scope, whatever somebody calls the end of the last page: %j",
      async (after) => {
        const subscriptionId = randomUUID();
        const registries = Array.from({ length: 4 }, () => someRegistry(subscriptionId));
        for (const registry of registries) await indexed(registry, 1);
        for (const registry of registries) {
          const { workspaceIds } = await open().page("registry", scopeOf(registry), after);
          expect(workspaceIds).toHaveLength(after === "~" ? 0 : 1);
        }
      },
    );

    it("passes over a row that names no workspace, and does not touch it", async () => {
      const registry = someRegistry();
      const [workspace] = await indexed(registry, 1);
      const row = { partitionKey: `registry-${registry.subscriptionId}`, rowKey: "strange", workspaceId: 7 };
      await tableClient(setting(), "Index").createEntity(row);
      expect(await listed({ subscriptionId: registry.subscriptionId })).toEqual(idsOf(workspace ? [workspace] : []));
      expect(await tableClient(setting(), "Index").getEntity(row.partitionKey, row.rowKey)).toMatchObject(row);
    });
  });
}

function someRegistry(subscriptionId: string = randomUUID(), group = "rg-Acr", acr: string = randomUUID()): ResourceId {
  const provider = "Microsoft.ContainerRegistry/registries";
  return parseResourceId(`/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/${provider}/${acr}`);
}

function scopeOf({ subscriptionId, resourceGroup, names }: ResourceId): Scope {
  return { subscriptionId, resourceGroup, name: names.join("/") };
}

function idsOf(workspaces: readonly WorkspaceId[]): string[] {
  return workspaces.map(formatId).sort();
}
