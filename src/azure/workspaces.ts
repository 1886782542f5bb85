import type { FullOperationResponse } from "@azure/core-client";
import * as z from "zod/mini";
import { formatId, parseRegistryId, parseResourceId, parseWorkspaceId, type WorkspaceId } from "../core/arm-id.ts";
import { AzureFailure } from "../core/failure.ts";
import type { ObservedIdentity, ObservedWorkspace } from "../core/observation.ts";
import { type Arm, workspaceApiVersion } from "./arm.ts";
import { azureFailure, throwUnlessNotFound } from "./errors.ts";

const text = z.nullish(z.string());

/** A managed identity, as services describe it. */
export const identityShape = z.nullish(
  z.object({
    type: text,
    principalId: text,
    userAssignedIdentities: z.nullish(z.record(z.string(), z.nullish(z.object({ principalId: text })))),
  }),
);

/** The part of a workspace's body that is read; everything else passes by. Names as in workspaceRP.json of {@link workspaceApiVersion}. */
export const describedWorkspace = z.object({
  id: z.string(),
  location: z.string(),
  kind: text,
  tags: z.nullish(z.record(z.string(), z.nullish(z.string()))),
  identity: identityShape,
  properties: z.object({
    provisioningState: text,
    containerRegistry: text,
    hubResourceId: text,
    storageAccount: text,
    applicationInsights: text,
    primaryUserAssignedIdentity: text,
    imageBuildCompute: text,
  }),
});

/**
 * Reads one workspace from ARM.
 * @returns `undefined` when ARM says that it, or its resource group, does not exist
 * @throws AzureFailure
 */
export async function readWorkspace(
  arm: Arm,
  id: WorkspaceId,
  abortSignal: AbortSignal,
): Promise<ObservedWorkspace | undefined> {
  let answer: FullOperationResponse | undefined;
  try {
    // The SDK's model drops `kind` and `hubResourceId`: the body is read as it came.
    await arm.machineLearning(id.subscriptionId).workspaces.get(id.resourceGroup, id.name, {
      abortSignal,
      onResponse: (response) => (answer = response),
    });
  } catch (error) {
    throwUnlessNotFound(error, {
      what: `read the workspace ${id.name}`,
      action: "Microsoft.MachineLearningServices/workspaces/read",
      scope: formatId(id),
    });
    return undefined;
  }
  return parseWorkspace(answer?.bodyAsText ?? "", id);
}

/** The workspace that an answer to another request describes, if it does. */
export function workspaceIn(body: string): ObservedWorkspace | undefined {
  try {
    return toWorkspace(describedWorkspace.parse(JSON.parse(body)));
  } catch {
    return undefined;
  }
}

function parseWorkspace(body: string, id: WorkspaceId): ObservedWorkspace {
  try {
    return toWorkspace(describedWorkspace.parse(JSON.parse(body)));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `ARM described the workspace ${formatId(id)} in a way that api-version ${workspaceApiVersion} does not promise: ${why}`;
    throw new AzureFailure({ kind: "bug", message }, { cause: error });
  }
}

/** @throws InvalidIdError */
export function toWorkspace({
  id,
  location,
  kind,
  tags,
  identity,
  properties,
}: z.infer<typeof describedWorkspace>): ObservedWorkspace {
  const { containerRegistry, hubResourceId, storageAccount, applicationInsights, imageBuildCompute } = properties;
  return {
    id: parseWorkspaceId(id),
    kind: (kind ?? "default").toLowerCase(),
    location,
    tags: Object.fromEntries(Object.entries(tags ?? {}).map(([name, value]) => [name, value ?? ""])),
    provisioningState: properties.provisioningState ?? "Unknown",
    identity: toIdentity(identity ?? {}, properties.primaryUserAssignedIdentity),
    ...(containerRegistry ? { containerRegistry: parseRegistryId(containerRegistry) } : {}),
    ...(hubResourceId ? { hubId: parseWorkspaceId(hubResourceId) } : {}),
    ...(storageAccount ? { storageAccount: parseResourceId(storageAccount) } : {}),
    ...(applicationInsights ? { applicationInsights } : {}),
    ...(imageBuildCompute ? { imageBuildCompute } : {}),
  };
}

/** A managed identity as ARM describes it. */
interface DescribedIdentity {
  readonly type?: string | null | undefined;
  readonly principalId?: string | null | undefined;
  readonly userAssignedIdentities?:
    | Readonly<Record<string, { readonly principalId?: string | null | undefined } | null | undefined>>
    | null
    | undefined;
}

/** @param primary the id of the identity that represents a workspace */
export function toIdentity(identity: DescribedIdentity, primary: string | null | undefined): ObservedIdentity {
  const { type, principalId, userAssignedIdentities } = identity;
  return {
    systemAssigned: /SystemAssigned/i.test(type ?? ""),
    ...(principalId ? { systemPrincipalId: principalId } : {}),
    userAssigned: Object.entries(userAssignedIdentities ?? {}).map(([id, assigned]) => ({
      id: parseResourceId(id),
      ...(assigned?.principalId ? { principalId: assigned.principalId } : {}),
    })),
    ...(primary ? { primary: parseResourceId(primary) } : {}),
  };
}

/** The id of every workspace of a subscription, page by page. @throws AzureFailure */
export async function* listWorkspaceIds(arm: Arm, subscriptionId: string): AsyncIterable<string> {
  try {
    for await (const { id } of arm.machineLearning(subscriptionId).workspaces.listBySubscription())
      if (id !== undefined) yield id;
  } catch (error) {
    throw azureFailure(error, {
      what: `list the workspaces of the subscription ${subscriptionId}`,
      action: "Microsoft.MachineLearningServices/workspaces/read",
      scope: `/subscriptions/${subscriptionId}`,
    });
  }
}
