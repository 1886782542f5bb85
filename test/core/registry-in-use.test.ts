import { expect, it } from "vitest";
import { registryInUse } from "../../src/core/registry-in-use.ts";
import { contoso, other } from "./samples.ts";

const hub = { containerRegistry: other };

it.each([
  ["a workspace uses what is attached to it, whatever a hub has", "default", contoso, hub, contoso],
  ["a workspace without one uses none", "default", undefined, hub, undefined],
  ["a project uses its hub's", "project", contoso, hub, other],
  ["a project whose hub shows none uses what Azure says of the project", "project", contoso, {}, contoso],
  ["a project whose hub cannot be seen does so as well", "project", contoso, undefined, contoso],
])("%s", (_what, kind, own, itsHub, used) => {
  const workspace = own === undefined ? { kind } : { kind, containerRegistry: own };
  expect(registryInUse(workspace, itsHub)).toEqual(used);
});
