import { expect, it } from "vitest";
import { SELF } from "../../local/azure/fixture.ts";
import { remediate, settled, useStack, writesFor, wholeRemediation } from "./app.ts";
import { enforcing, platform, registryId, subscriptionId, workspace, workspaceIdOf } from "./cast.ts";

const images = [
  { image: "team/base:1.0" },
  { image: "winarena:latest", importFrom: "docker.io/windowsarena/winarena:latest" },
];
const fixture = {
  subscriptions: [{ subscriptionId }],
  resources: [
    ...platform.map((resource) =>
      resource.id === registryId ? { ...resource, repositories: { "team/base": ["1.0"] } } : resource,
    ),
    workspace("asking"),
  ],
  // What the app reads images with, where it may do no more than what is documented.
  roleAssignments: [{ scope: registryId, role: "AcrPull", principalId: SELF }],
  publicRegistries: { "docker.io": { "windowsarena/winarena": ["latest"] } },
};
const asking = workspaceIdOf("asking");

const requiring = useStack({
  azure: { fixture, settings: { importSeconds: 4, retryAfterSeconds: 2 } },
  settings: { ...enforcing, REMEDIATOR_REQUIRED_IMAGES: JSON.stringify(images) },
});
const plain = useStack({ azure: { fixture }, settings: enforcing });

it("an image that is required and missing is imported, and told to be present", async () => {
  const { azure, host } = requiring;
  await remediate(host, asking);
  const { outcome, done, conditions } = await settled(host, asking);
  expect(outcome).toBe("remediated");
  expect(done).toContain("import winarena:latest into contosoml from docker.io/windowsarena/winarena:latest");
  expect(conditions).toContainEqual(expect.objectContaining({ type: "ImagesPresent", status: "True" }));
  expect(azure.world.images.repositories(registryId)).toHaveProperty("winarena", ["latest"]);
  expect(azure.requests.filter(({ path }) => path.endsWith("/importImage"))).toHaveLength(1);
  const { principalId } = azure.world.self;
  expect(new Set(azure.registryRequests.flatMap((request) => request.principalId ?? []))).toEqual(
    new Set([principalId]),
  );
});

it("where no image is required, no registry is asked for any", async () => {
  const { azure, host } = plain;
  await remediate(host, asking);
  const { outcome, conditions } = await settled(host, asking);
  expect(outcome).toBe("remediated");
  expect(conditions.map(({ type }) => type)).toEqual(["RegistryAttached", "PullGranted", "KeysSynced"]);
  expect(writesFor(azure, asking)).toEqual(wholeRemediation);
  expect(azure.registryRequests).toEqual([]);
});
