import type { DiagnoseResponseResult, DiagnoseResult } from "@azure/arm-machinelearning";
import { formatId, type WorkspaceId } from "../core/arm-id.ts";
import type { DiagnosisReads, ServiceFinding } from "../core/diagnosis-facts.ts";
import type { Clock } from "../core/ports.ts";
import type { Arm } from "./arm.ts";
import { azureFailure } from "./errors.ts";
import { Pace } from "./pace.ts";
import { readRegistryDetails } from "./registries.ts";

/** How long Azure Machine Learning's own diagnosis is waited for, in milliseconds. */
const serviceMs = 25_000;

/** The reads that only a diagnosis needs, through the SDKs. */
export function azureDiagnosisReads(arm: Arm, clock: Clock): DiagnosisReads {
  return {
    registryDetails: (id, signal) => readRegistryDetails(arm, id, signal),
    serviceDiagnosis: (id, signal) => serviceDiagnosis(arm, clock, id, signal),
  };
}

/** Everything that there is to diagnose: an empty object for each area, as in the specification's example (azure-rest-api-specs, workspaceRP.json). */
const everything = {
  value: {
    udr: {},
    nsg: {},
    resourceLock: {},
    dnsResolution: {},
    storageAccount: {},
    keyVault: {},
    containerRegistry: {},
    applicationInsights: {},
    others: {},
  },
};

/**
 * Has Azure Machine Learning diagnose a workspace: a POST that changes nothing, sent once and followed at the pace that Azure
 * asks for. Its RBAC operation is one of reading (Microsoft Learn, "Azure permissions for AI + machine learning").
 * @returns `undefined` when it has not ended in time
 * @throws AzureFailure
 */
async function serviceDiagnosis(
  arm: Arm,
  clock: Clock,
  workspace: WorkspaceId,
  signal: AbortSignal,
): Promise<readonly ServiceFinding[] | undefined> {
  const { resourceGroup, name, subscriptionId } = workspace;
  const giveUpAt = clock.now() + serviceMs;
  const pace = new Pace(clock, { signal, assertHeld: () => undefined }, 0);
  const { workspaces } = arm.machineLearningWriter(subscriptionId, pace.policy);
  try {
    const poller = await workspaces.beginDiagnose(resourceGroup, name, { parameters: everything, abortSignal: signal });
    while (!poller.isDone()) {
      if (!(await pace.wait(giveUpAt))) return undefined;
      await poller.poll({ abortSignal: signal });
    }
    return findingsIn(poller.getResult());
  } catch (error) {
    throw azureFailure(error, {
      what: `have Azure Machine Learning diagnose ${name}`,
      action: "Microsoft.MachineLearningServices/workspaces/diagnose/read",
      scope: formatId(workspace),
    });
  }
}

/** What its lists say, each under its name without `Results`. */
function findingsIn(result: DiagnoseResponseResult | undefined): readonly ServiceFinding[] {
  return Object.entries<readonly DiagnoseResult[] | undefined>({ ...result?.value }).flatMap(([list, results]) =>
    (results ?? []).map(({ code = "", level = "", message = "" }) => ({
      area: list.replace(/Results$/, ""),
      code,
      level,
      message,
    })),
  );
}
