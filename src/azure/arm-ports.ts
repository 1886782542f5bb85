/** All that asks ARM: a part of the bundle, loaded by the first question, with the SDKs that it takes. */
import type { TokenCredential } from "@azure/core-auth";
import type { DiagnosisReads } from "../core/diagnosis-facts.ts";
import type { AzureReads, AzureWrites, Clock } from "../core/ports.ts";
import { silent, type Telemetry } from "../telemetry/telemetry.ts";
import { Arm, type ArmSettings, requestMsUnder } from "./arm.ts";
import { azureReads, azureWrites } from "./azure.ts";
import { azureDiagnosisReads } from "./diagnosis-reads.ts";
import { imageReads } from "./images.ts";
import { listWorkspaceIds } from "./workspaces.ts";

export interface ArmPortsSettings {
  readonly arm: ArmSettings;
  /** Whom tokens are asked for that a registry exchanges for its own. */
  readonly registryAudience: string;
  readonly leaseSeconds: number;
  /** How long one reconcile stays with a running operation, in milliseconds. */
  readonly operationMs: number;
}

export interface ArmPorts {
  /** What they all ask through. */
  readonly arm: Arm;
  readonly reads: AzureReads;
  readonly writes: AzureWrites;
  readonly diagnosisReads: DiagnosisReads;
  /** As {@link listWorkspaceIds}. */
  readonly workspaces: (subscriptionId: string) => AsyncIterable<string>;
}

/** The ports that ask ARM, which share clients, caches and budget. Sends nothing yet. */
export function armPorts(
  { arm: settings, registryAudience: audience, leaseSeconds, operationMs }: ArmPortsSettings,
  credential: TokenCredential,
  clock: Clock,
  telemetry: Telemetry = silent,
): ArmPorts {
  const requestMs = requestMsUnder(leaseSeconds);
  const arm = new Arm(settings, credential, clock, requestMs, telemetry);
  return {
    arm,
    reads: azureReads(arm, clock, imageReads({ audience, requestMs }, credential, clock, telemetry)),
    writes: azureWrites(arm, clock, operationMs),
    diagnosisReads: azureDiagnosisReads(arm, clock),
    workspaces: (subscriptionId) => listWorkspaceIds(arm, subscriptionId),
  };
}
