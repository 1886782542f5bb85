import { describe as group, expect, it } from "vitest";
import { requireAgreed } from "../../src/cli/agreed.ts";
import { type Action, describe } from "../../src/core/actions.ts";
import { parseRegistryId, parseWorkspaceId } from "../../src/core/arm-id.ts";
import { registryId, workspaceIdOf } from "../e2e/cast.ts";

const workspace = parseWorkspaceId(workspaceIdOf("ws"));
const registry = parseRegistryId(registryId);
const attach: Action = { kind: "AttachRegistry", workspace, registry };
const replace: Action = { ...attach, replaces: parseRegistryId(registryId.replace("contosoml", "theirs")) };
const enable: Action = { kind: "EnableAdminUser", workspace, registry };
const sync: Action = { kind: "SyncKeys", workspace, cause: "firstSight" };

group("what was agreed to", () => {
  it("covers what a fix is for, in whatever order it becomes possible", () => {
    expect(() => {
      requireAgreed([attach, sync], []);
    }).not.toThrow();
  });

  it.each([enable, replace])("does not cover what goes beyond that: $kind", (action) => {
    expect(() => {
      requireAgreed([sync, action], [describe(attach)]);
    }).toThrow(`Now there would also be to do: ${describe(action)}. That was not done.`);
  });

  it("covers it where the plan had it", () => {
    expect(() => {
      requireAgreed([enable, replace], [describe(enable), describe(replace)]);
    }).not.toThrow();
  });
});
