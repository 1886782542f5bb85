import { createPipelineRequest } from "@azure/core-rest-pipeline";
import { expect, test } from "vitest";

import { authorization, azureOf, machineLearning, raw, storageId } from "./stand-in.ts";

test("the creation times of an account's keys are read through the pipeline of a client for something else", async () => {
  const azure = await azureOf();
  const url = `${azure.armEndpoint}${storageId}?api-version=2023-05-01`;
  const response = await authorization(azure).sendRequest(createPipelineRequest({ url }));
  expect(response.status).toBe(200);
  expect(JSON.parse(response.bodyAsText ?? "")).toMatchObject({
    id: storageId,
    properties: { keyCreationTime: { key1: "2026-03-01T12:00:00.000Z", key2: "2026-03-01T12:00:00.000Z" } },
  });
});

test("a client that was given an api-version puts it into every request, also where the type does not have it", async () => {
  const azure = await azureOf();
  const url = `${azure.armEndpoint}${storageId}?api-version=2023-05-01`;
  const response = await machineLearning(azure, "2024-10-01").sendRequest(createPipelineRequest({ url }));
  expect(response.status).toBe(400);
  expect(azure.requests[0]?.apiVersion).toBe("2024-10-01");
});

test("a regenerated key shows a new creation time, the other key does not", async () => {
  const azure = await azureOf();
  azure.pass(60);
  const regenerated = await raw(azure, `${storageId}/regenerateKey?api-version=2023-05-01`, {
    method: "POST",
    body: JSON.stringify({ keyName: "key2" }),
  });
  expect(regenerated.status).toBe(200);
  const { body } = await raw(azure, `${storageId}?api-version=2023-05-01`);
  expect(body).toMatchObject({
    properties: { keyCreationTime: { key1: "2026-03-01T12:00:00.000Z", key2: "2026-03-01T12:01:00.000Z" } },
  });
});
