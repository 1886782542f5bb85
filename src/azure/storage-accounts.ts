import { createPipelineRequest } from "@azure/core-rest-pipeline";
import * as z from "zod/mini";
import { formatId, type ResourceId } from "../core/arm-id.ts";
import type { Arm } from "./arm.ts";
import { azureFailure, classify, errorInBody, retryAfterIn } from "./errors.ts";
import { AzureFailure } from "../core/failure.ts";
import { keyTimes } from "../core/key-sync.ts";

/** Has `properties.keyCreationTime` (azure-rest-api-specs, Microsoft.Storage/stable/2023-05-01/storage.json). */
const apiVersion = "2023-05-01";

const Body = z.object({
  properties: z.object({ keyCreationTime: z.nullish(z.record(z.string(), z.nullish(z.string()))) }),
});

/**
 * When the keys of a storage account were made: changes with every rotation and is no secret. Read through the pipeline of
 * a client that is there anyway (and, unlike the machine learning one, leaves the api-version alone), because this one
 * field is all that is needed of storage accounts.
 * @returns `undefined` when the account does not exist
 * @throws AzureFailure
 */
export async function readStorageKeyTimes(
  arm: Arm,
  id: ResourceId,
  abortSignal: AbortSignal,
): Promise<{ readonly times: string } | undefined> {
  const attempt = {
    what: `read the storage account ${id.names.join("/")}`,
    action: "Microsoft.Storage/storageAccounts/read",
    scope: formatId(id),
  };
  const url = `${arm.settings.endpoint}${encodeURI(formatId(id))}?api-version=${apiVersion}`;
  const response = await arm
    .authorization(id.subscriptionId)
    .sendRequest(createPipelineRequest({ url, abortSignal }))
    .catch((error: unknown) => {
      throw azureFailure(error, attempt);
    });
  const { status, bodyAsText, headers } = response;
  if (status !== 200) {
    const { code, message } = errorInBody(bodyAsText) ?? {};
    const retryAfterMs = retryAfterIn(headers.get("retry-after"));
    const failure = classify(
      {
        status,
        ...(code === undefined ? {} : { code }),
        text: message ?? "(no text)",
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      },
      attempt,
    );
    if (failure.kind === "notFound") return undefined;
    throw new AzureFailure(failure);
  }
  return { times: keyTimesIn(bodyAsText ?? "", attempt.scope) };
}

function keyTimesIn(body: string, scope: string): string {
  try {
    const { keyCreationTime } = Body.parse(JSON.parse(body)).properties;
    const [key1, key2] = [keyCreationTime?.["key1"], keyCreationTime?.["key2"]];
    return keyTimes(Date.parse(key1 ?? ""), Date.parse(key2 ?? ""));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `ARM described the storage account ${scope} in a way that api-version ${apiVersion} does not promise: ${why}`;
    throw new AzureFailure({ kind: "bug", message }, { cause: error });
  }
}
