import type { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import { formatId, type WorkspaceId } from "../core/arm-id.ts";
import type { ObservedChild } from "../core/pull-principals.ts";
import type { Arm } from "./arm.ts";
import { throwUnlessNotFound } from "./errors.ts";
import { toIdentity } from "./workspaces.ts";

/** Computes whose images Azure Machine Learning pulls under the compute's identity; others bring a runtime of their own. */
const pullingComputes: readonly string[] = ["amlcompute", "computeinstance"];

interface Kind {
  readonly plural: string;
  readonly action: string;
  readonly list: (
    client: AzureMachineLearningWorkspaces,
    group: string,
    workspace: string,
    options: Options,
  ) => AsyncIterable<Listed>;
}

interface Options {
  readonly abortSignal: AbortSignal;
}

/** What is read of a compute or an endpoint, as the SDK describes it. */
interface Listed {
  readonly name?: string;
  readonly identity?: Parameters<typeof toIdentity>[0];
  readonly properties?: { readonly computeType?: string; readonly provisioningState?: string };
}

const kinds: Readonly<Record<ObservedChild["of"], Kind>> = {
  compute: {
    plural: "computes",
    action: "Microsoft.MachineLearningServices/workspaces/computes/read",
    list: (client, group, workspace, options) => client.computeOperations.list(group, workspace, options),
  },
  endpoint: {
    plural: "online endpoints",
    action: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/read",
    list: (client, group, workspace, options) => client.onlineEndpoints.list(group, workspace, options),
  },
};

/**
 * Lists the computes or the online endpoints of a workspace; of computes only those whose images Azure Machine Learning pulls.
 * @returns nothing when the workspace does not exist any more
 * @throws AzureFailure
 */
export async function readChildren(
  arm: Arm,
  workspace: WorkspaceId,
  of: ObservedChild["of"],
  abortSignal: AbortSignal,
): Promise<readonly ObservedChild[]> {
  const { plural, action, list } = kinds[of];
  const { subscriptionId, resourceGroup, name } = workspace;
  const found: ObservedChild[] = [];
  try {
    for await (const child of list(arm.machineLearning(subscriptionId), resourceGroup, name, { abortSignal })) {
      const { computeType, provisioningState = "Unknown" } = child.properties ?? {};
      if (child.name === undefined) continue;
      if (of === "compute" && !pullingComputes.includes(computeType?.toLowerCase() ?? "")) continue;
      found.push({ of, name: child.name, provisioningState, identity: toIdentity(child.identity ?? {}, undefined) });
    }
  } catch (error) {
    const what = `list the ${plural} of ${name}`;
    throwUnlessNotFound(error, { what, action, scope: formatId(workspace) });
    return [];
  }
  return found;
}
