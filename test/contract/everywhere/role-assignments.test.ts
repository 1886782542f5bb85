import { randomUUID } from "node:crypto";
import { expect, onTestFinished } from "vitest";
import { acrPull, collect } from "../stand-in.ts";
import { type AnyAzure, useAnyAzure } from "./everywhere.ts";

const everywhere = useAnyAzure();
const reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const version = "?api-version=2022-04-01";

const roleId = ({ place }: AnyAzure, role: string): string =>
  `/subscriptions/${place.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role}`;

const pathOf = ({ cast }: AnyAzure, name: string): string =>
  `${cast.registryId}/providers/Microsoft.Authorization/roleAssignments/${name}${version}`;

/** The object ids of two identities: the user-assigned one, and the workspace's own. */
async function principals({ raw, cast }: AnyAzure): Promise<[puller: string, workspace: string]> {
  const identity = (await raw("GET", `${cast.identityId}?api-version=2023-01-31`)).body;
  const workspace = (await raw("GET", `${cast.workspaceId}?api-version=2024-10-01`)).body;
  return [
    (identity as { properties: { principalId: string } }).properties.principalId,
    (workspace as { identity: { principalId: string } }).identity.principalId,
  ];
}

/** The status of a PUT of an assignment, which is removed with the test. */
async function put(
  azure: AnyAzure,
  name: string,
  properties: object,
): Promise<{ status: number; code?: string | undefined }> {
  onTestFinished(async () => {
    await azure.raw("DELETE", pathOf(azure, name));
  });
  return azure.raw("PUT", pathOf(azure, name), JSON.stringify({ properties }));
}

/** Assigns a role on the registry; the directory may not know the identity yet. */
async function assigned(azure: AnyAzure, principalId: string, name: string = randomUUID()): Promise<string> {
  const properties = { roleDefinitionId: roleId(azure, acrPull), principalId, principalType: "ServicePrincipal" };
  await azure.eventually(async () => {
    expect([200, 201]).toContain((await put(azure, name, properties)).status);
  });
  return name;
}

everywhere("a role is assigned once and read back with what it was made of", async (azure) => {
  const [principalId] = await principals(azure);
  const name = await assigned(azure, principalId);
  const { roleAssignments } = azure.authorization();
  const made = await roleAssignments.get(azure.cast.registryId, name);
  expect(made).toMatchObject({ name, principalId, principalType: "ServicePrincipal" });
  expect(made.scope?.toLowerCase()).toBe(azure.cast.registryId.toLowerCase());
  expect(made.roleDefinitionId?.toLowerCase()).toBe(roleId(azure, acrPull).toLowerCase());
  const { roleDefinitionId, principalType } = made;
  const again = await put(azure, name, { roleDefinitionId, principalId, principalType });
  expect([200, 201]).toContain(again.status);
});

everywhere("each filter lists what ARM documents", async (azure) => {
  const [principalId, other] = await principals(azure);
  const names = [await assigned(azure, principalId), await assigned(azure, other)];
  const { roleAssignments } = azure.authorization();
  const found = async (filter?: string): Promise<string[]> => {
    const options = filter === undefined ? {} : { filter };
    const all = await collect(roleAssignments.listForScope(azure.cast.registryId, options));
    return all.map(({ name }) => name ?? "").filter((name) => names.includes(name));
  };
  await azure.eventually(async () => {
    expect((await found()).sort()).toEqual([...names].sort());
  });
  expect((await found("atScope()")).sort()).toEqual([...names].sort());
  expect(await found(`principalId eq '${principalId}'`)).toEqual([names[0]]);
  expect(await found(`assignedTo('${principalId}')`)).toEqual([names[0]]);
  expect(await found(`atScope() and assignedTo('${principalId.toUpperCase()}')`)).toEqual([names[0]]);
});

everywhere("filters that ARM does not know are refused", async ({ authorization, cast }) => {
  const { roleAssignments } = authorization();
  for (const filter of ["principalId eq 0b2f1c5e", "atScope() and principalId eq 'x'", "roleName eq 'x'"])
    await expect(collect(roleAssignments.listForScope(cast.registryId, { filter })), filter).rejects.toMatchObject({
      statusCode: 400,
      code: "UnsupportedQuery",
    });
});

everywhere("the same grant under another name is refused, with the id of the one there is", async (azure) => {
  const [principalId] = await principals(azure);
  const name = await assigned(azure, principalId);
  const properties = { roleDefinitionId: roleId(azure, acrPull), principalId, principalType: "ServicePrincipal" };
  expect(await put(azure, randomUUID(), properties)).toMatchObject({
    status: 409,
    code: "RoleAssignmentExists",
    message: expect.stringContaining(name.replaceAll("-", "")) as string,
  });
});

everywhere("a name that another principal's assignment has cannot be taken over", async (azure) => {
  const [principalId, other] = await principals(azure);
  const name = await assigned(azure, principalId);
  const properties = {
    roleDefinitionId: roleId(azure, acrPull),
    principalId: other,
    principalType: "ServicePrincipal",
  };
  expect(await put(azure, name, properties)).toMatchObject({ status: 400, code: "RoleAssignmentUpdateNotPermitted" });
});

const refusals: readonly (readonly [what: string, change: object, code: string])[] = [
  ["an unknown principal", { principalId: "0b2f1c5e-0000-4000-8000-000000000000" }, "PrincipalNotFound"],
  ["a principal that is no GUID", { principalId: "alpha" }, "InvalidPrincipalId"],
  ["the principal type MSI", { principalType: "MSI" }, "PrincipalTypeNotSupported"],
  ["the wrong principal type", { principalType: "User" }, "UnmatchedPrincipalType"],
];
for (const [what, change, code] of refusals)
  everywhere(`${what} is refused`, async (azure) => {
    const [principalId] = await principals(azure);
    const properties = { roleDefinitionId: roleId(azure, reader), principalId, principalType: "ServicePrincipal" };
    expect(await put(azure, randomUUID(), { ...properties, ...change })).toMatchObject({ status: 400, code });
  });

everywhere("an unknown role, and a name that is no GUID, are refused", async (azure) => {
  const [principalId] = await principals(azure);
  const properties = { principalId, principalType: "ServicePrincipal" };
  const unknown = { ...properties, roleDefinitionId: roleId(azure, "00000000-0000-4000-8000-000000000000") };
  expect(await put(azure, randomUUID(), unknown)).toMatchObject({ status: 400, code: "RoleDefinitionDoesNotExist" });
  const named = { ...properties, roleDefinitionId: roleId(azure, acrPull) };
  expect(await put(azure, "pull", named)).toMatchObject({ status: 400, code: "InvalidRoleAssignmentId" });
});

everywhere("an assignment is removed once; removing it again is no error", async (azure) => {
  const [principalId] = await principals(azure);
  const name = await assigned(azure, principalId);
  const remove = async (): Promise<number> => (await azure.raw("DELETE", pathOf(azure, name))).status;
  expect([await remove(), await remove()]).toEqual([200, 204]);
  await azure.eventually(async () => {
    expect(await azure.raw("GET", pathOf(azure, name))).toMatchObject({ status: 404, code: "RoleAssignmentNotFound" });
  });
});

everywhere("role definitions are read by id and found by name", async (azure) => {
  const { roleDefinitions } = azure.authorization();
  const permissions = [
    expect.objectContaining({ actions: ["Microsoft.ContainerRegistry/registries/pull/read"] }) as object,
  ];
  const expected = { roleName: "AcrPull", roleType: "BuiltInRole", permissions };
  expect(await roleDefinitions.getById(roleId(azure, acrPull))).toMatchObject(expected);
  const named = await collect(roleDefinitions.list(azure.cast.registryId, { filter: "roleName eq 'AcrPull'" }));
  expect(named.map(({ name }) => name)).toEqual([acrPull]);
  const missing = roleDefinitions.get(azure.cast.registryId, randomUUID());
  await expect(missing).rejects.toMatchObject({ statusCode: 404, code: "RoleDefinitionDoesNotExist" });
});

everywhere(
  "deny assignments can be listed, and roles on what is not there cannot",
  async ({ authorization, raw, cast }) => {
    expect(await collect(authorization().denyAssignments.listForScope(cast.registryId))).toEqual([]);
    const list = `${cast.registryId}gone/providers/Microsoft.Authorization/roleAssignments${version}`;
    expect(await raw("GET", list)).toMatchObject({ status: 404, code: "ResourceNotFound" });
  },
);
