import { expect } from "vitest";
import { groupId } from "../../conformance/place.ts";
import { useAnyAzure } from "./everywhere.ts";

const everywhere = useAnyAzure();
const newer = "?api-version=2024-10-01";
const groups = "?api-version=2021-04-01";
const nobody = "22222222-2222-4222-8222-222222222222";

everywhere("without an api-version nothing is answered", async ({ raw, cast }) => {
  expect(await raw("GET", cast.workspaceId)).toMatchObject({ status: 400, code: "MissingApiVersionParameter" });
});

everywhere("an api-version the type does not have is refused, naming those it has", async ({ raw, cast }) => {
  expect(await raw("GET", `${cast.workspaceId}?api-version=1999-01-01`)).toMatchObject({
    status: 400,
    code: "NoRegisteredProviderFound",
    message: expect.stringContaining("2024-10-01") as string,
  });
  expect(await raw("GET", "/subscriptions?api-version=1999-01-01")).toMatchObject({
    status: 400,
    code: "InvalidApiVersionParameter",
  });
});

everywhere("a type that does not exist is answered 404", async ({ raw, cast }) => {
  expect(await raw("GET", `${cast.workspaceId}/noSuchThings${newer}`)).toMatchObject({
    status: 404,
    code: "InvalidResourceType",
  });
});

everywhere("what is missing is told apart: resource, group, subscription", async ({ raw, cast, place }) => {
  const codeAt = async (path: string): Promise<unknown> => {
    const { status, code } = await raw("GET", path + newer);
    return [status, code];
  };
  const { workspaceId } = cast;
  expect(await codeAt(`${workspaceId}-gone`)).toEqual([404, "ResourceNotFound"]);
  expect(await codeAt(workspaceId.replace(groupId(place), `${groupId(place)}-gone`))).toEqual([
    404,
    "ResourceGroupNotFound",
  ]);
  expect(await codeAt(workspaceId.replace(place.subscriptionId, nobody))).toEqual([404, "SubscriptionNotFound"]);
});

everywhere("without a token, or with one that is none, nobody is let in", async ({ raw, cast }) => {
  const path = cast.workspaceId + newer;
  expect(await raw("GET", path, undefined, {})).toMatchObject({ status: 401, code: "AuthenticationFailed" });
  expect(await raw("GET", path, undefined, { authorization: "Bearer nonsense" })).toMatchObject({
    status: 401,
    code: "InvalidAuthenticationToken",
  });
});

everywhere("every answer counts what is left of the caller's reads, and can be named to support", async (azure) => {
  const { headers } = await azure.raw("GET", azure.cast.storageId + "?api-version=2023-05-01");
  expect(Number(headers.get("x-ms-ratelimit-remaining-subscription-reads"))).toBeGreaterThan(0);
  expect(headers.get("x-ms-correlation-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});

everywhere("a body that is no JSON object is refused", async ({ raw, cast }) => {
  expect(await raw("PATCH", cast.workspaceId + newer, "{")).toMatchObject({
    status: 400,
    code: "InvalidRequestContent",
  });
});

everywhere(
  "the subscription is listed, and the group tells what lies in it",
  async ({ raw, cast, place, eventually }) => {
    const { body } = await raw("GET", "/subscriptions?api-version=2022-12-01");
    const { value } = body as { value: { subscriptionId: string; state: string }[] };
    expect(value).toContainEqual(expect.objectContaining({ subscriptionId: place.subscriptionId, state: "Enabled" }));
    expect((await raw("GET", groupId(place) + groups)).body).toMatchObject({ name: place.resourceGroup });
    await eventually(async () => {
      const inside = (await raw("GET", `${groupId(place)}/resources${groups}`)).body as { value: { id: string }[] };
      const ids = inside.value.map(({ id }) => id.toLowerCase());
      expect(ids).toEqual(expect.arrayContaining(Object.values(cast).map((id: string) => id.toLowerCase())));
    });
  },
);
