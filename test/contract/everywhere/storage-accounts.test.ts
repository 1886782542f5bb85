import { expect } from "vitest";
import { useAnyAzure } from "./everywhere.ts";

const everywhere = useAnyAzure();
const version = "?api-version=2023-05-01";

everywhere("a regenerated key shows a later creation time, the other key does not", async ({ raw, cast }) => {
  const times = async (): Promise<Record<"key1" | "key2", string>> => {
    const { body } = await raw("GET", cast.storageId + version);
    return (body as { properties: { keyCreationTime: Record<"key1" | "key2", string> } }).properties.keyCreationTime;
  };
  const before = await times();
  const body = JSON.stringify({ keyName: "key2" });
  expect((await raw("POST", `${cast.storageId}/regenerateKey${version}`, body)).status).toBe(200);
  const after = await times();
  expect(after.key1).toBe(before.key1);
  expect(Date.parse(after.key2)).toBeGreaterThan(Date.parse(before.key2));
});
