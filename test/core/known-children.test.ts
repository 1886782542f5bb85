import { describe, expect, it } from "vitest";
import { formatId } from "../../src/core/arm-id.ts";
import type { Memory } from "../../src/core/memory.ts";
import { observe } from "../../src/core/observe.ts";
import type { Policy } from "../../src/core/policy.ts";
import { attached, aWorld, ws } from "./a-world.ts";
import { principalId } from "./ids.ts";
import { memoryOf } from "./samples.ts";

const hour = 3_600_000;
const gpu = { of: "compute", label: "identity of the compute gpu", principalId: principalId(7) } as const;
const scoring = {
  of: "endpoint",
  label: "identity of the online endpoint scoring",
  principalId: principalId(8),
} as const;
const well = { kind: "compliant" } as const;
const blocked = { kind: "blocked", reason: "DenyAssignment", message: "", retryAt: 0 } as const;

const leftBehind = {
  of: "compute",
  registryId: "r",
  roleId: "r",
  principalId: principalId(9),
  label: "l",
  missingSince: 1,
} as const;

interface Given {
  readonly prune?: boolean;
  readonly children?: Partial<NonNullable<Memory["children"]>>;
  readonly memory?: Partial<Memory>;
  readonly listAfter?: number;
  readonly covers?: Policy["pullPrincipals"];
}

/** What a look lists, an hour after the last one listed, and whom it believes to pull. */
async function listed({
  children = {},
  memory = {},
  listAfter = 0,
  covers,
  prune = false,
}: Given): Promise<readonly string[]> {
  const world = aWorld(attached);
  const now = world.clock.now();
  const known = { listedAt: now - hour, of: ["compute", "endpoint"], principals: [gpu, scoring], ...children } as const;
  const found = await observe(
    { ...world.policy, prune, ...(covers === undefined ? {} : { pullPrincipals: covers }) },
    {
      workspace: ws,
      memory: memoryOf({ workspaceId: formatId(ws), outcome: well, startedAt: now, children: known, ...memory }),
      freshAfter: 0,
      listAfter: listAfter === 0 ? 0 : now - listAfter,
    },
    world.azure.reads,
    now,
    new AbortController().signal,
  );
  const principals = found.kind === "found" ? found.principals.filter(({ of }) => of !== "workspace") : [];
  return [...world.azure.calls.filter((call) => call === "children"), ...principals.map(({ of }) => of)];
}

describe("who pulls besides the workspace", () => {
  it.each<[string, Given]>([
    ["all is well", {}],
    ["something was done", { memory: { outcome: { kind: "remediated", done: [] } } }],
    ["it was listed since it was asked for", { listAfter: 2 * hour }],
    ["this very look has listed it, whatever is amiss", { memory: { outcome: blocked, startedAt: 0 } }],
    ["a grant is left behind that nobody prunes", { memory: { grants: [leftBehind] } }],
    ["it was listed less than twelve hours ago", { children: { listedAt: Date.UTC(2026, 0, 15, 1) } }],
  ])("is remembered where %s", async (_, given) => {
    expect(await listed(given)).toEqual(["compute", "endpoint"]);
  });

  it.each<[string, Given]>([
    ["nothing is remembered", { memory: { children: undefined } }],
    ["somebody asks anew", { listAfter: hour / 2 }],
    ["something is amiss", { memory: { outcome: blocked } }],
    ["no look has ended yet", { memory: { outcome: undefined } as never }],
    ["a grant is left behind that is to be pruned", { memory: { grants: [leftBehind] }, prune: true }],
    ["an identity was not there", { children: { principals: [{ of: "compute", label: "late" }] } }],
    ["less was listed than the policy covers", { children: { of: ["compute"] } }],
    ["twelve hours have passed", { children: { listedAt: Date.UTC(2026, 0, 14, 23) } }],
  ])("is listed where %s", async (_, given) => {
    expect(await listed(given)).toEqual(["children", "children"]);
  });

  it("is listed and counted only as far as the policy covers it", async () => {
    expect(await listed({ covers: ["workspace"] })).toEqual([]);
    expect(await listed({ covers: ["workspace", "endpoint"] })).toEqual(["endpoint"]);
    expect(await listed({ covers: ["compute"], listAfter: 1 })).toEqual(["children"]);
  });
});
