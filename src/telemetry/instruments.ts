/** What is measured, by which names. Alerts are to see a 0, not an absence: so all that may be counted is told from the start. */
import type { Attributes as Labels, Histogram, Meter } from "@opentelemetry/api";
import type { BlockedReason, Outcome, WaitReason } from "../core/outcome.ts";
import { driftKinds } from "./drift-kinds.ts";
import type { Counter } from "./telemetry.ts";

interface CounterDefinition {
  readonly name: string;
  /** As UCUM writes it. */
  readonly unit: string;
  readonly description: string;
  readonly zeros: readonly Labels[];
}

// Objects, so that the compiler tells which name is missing.
const outcomes = keysOf<Outcome["kind"]>({
  compliant: true,
  remediated: true,
  waiting: true,
  blocked: true,
  exempt: true,
  gone: true,
});
export const waitReasons = keysOf<WaitReason>({
  IdentityNotReady: true,
  WorkspaceProvisioning: true,
  RegistryProvisioning: true,
  HubNotReady: true,
  PrincipalUnknown: true,
  PermissionsYoung: true,
  OperationInProgress: true,
  FirstSyncPaced: true,
  WorkspaceBusy: true,
  Throttled: true,
  MoreToDo: true,
  Transient: true,
});
export const blockedReasons = keysOf<BlockedReason>({
  AuditMode: true,
  NoRegistryAllowed: true,
  RegistryNotAllowed: true,
  RegistryNotFound: true,
  RegistryFailed: true,
  HubHasNoRegistry: true,
  WorkspaceFailed: true,
  NoIdentity: true,
  NotAttached: true,
  IdentityNotAllowed: true,
  ConditionalGrant: true,
  Contested: true,
  ImageMissing: true,
  ImagesUnknown: true,
  IdentityNeverCreated: true,
  ProvisioningNeverEnded: true,
  PrincipalNeverKnown: true,
  MissingPermission: true,
  RoleAssignmentLimit: true,
  DenyAssignment: true,
  ScopeLocked: true,
  DisallowedByPolicy: true,
  RequestRefused: true,
  StillFailing: true,
  ProcessingFailed: true,
  InternalError: true,
});
/** What of the fleet is counted under an outcome; what is gone is not. */
export const countedOutcomes = outcomes.filter((kind) => kind !== "gone");

const statusClasses = ["2xx", "4xx", "5xx", "none"];
const calls = (...methods: readonly string[]): Labels[] =>
  methods.flatMap((method) => statusClasses.map((status_class) => ({ method, status_class })));

/** What counts up. */
export const counters: Readonly<Record<Counter, CounterDefinition>> = {
  reconciles: {
    name: "acr_remediator.reconciles",
    unit: "{reconcile}",
    description: "Looks that ended with an outcome.",
    zeros: outcomes.map((outcome) => ({ outcome })),
  },
  drift: {
    name: "acr_remediator.drift",
    unit: "{drift}",
    description: "What looks found to differ from what is wanted.",
    zeros: Object.values(driftKinds).map((kind) => ({ kind })),
  },
  armCalls: {
    name: "acr_remediator.arm.calls",
    unit: "{call}",
    description: "Requests to Azure Resource Manager, Azure Resource Graph included, retries as well.",
    zeros: calls("GET", "PUT", "PATCH", "POST", "DELETE"),
  },
  registryCalls: {
    name: "acr_remediator.registry.calls",
    unit: "{call}",
    description: "Requests for images to container registries, retries as well.",
    zeros: calls("GET"),
  },
  throttles: {
    name: "acr_remediator.throttles",
    unit: "{throttle}",
    description: "Requests that Azure refused with 429, and those that were not sent to spare its limits.",
    zeros: [{ by: "azure" }, { by: "restraint" }],
  },
  sweeps: {
    name: "acr_remediator.sweeps",
    unit: "{sweep}",
    description: "Sweeps that came to their end, and those that were given up.",
    zeros: [{ result: "finished" }, { result: "failed" }],
  },
};

/** What goes up and down. */
export const gauges = {
  workspaces: {
    name: "acr_remediator.workspaces",
    unit: "{workspace}",
    description: "Workspaces by the outcome of their last look.",
  },
  waiting: {
    name: "acr_remediator.waiting",
    unit: "{workspace}",
    description: "Workspaces that wait, by the reason.",
  },
  blocked: {
    name: "acr_remediator.blocked",
    unit: "{workspace}",
    description: "Workspaces that wait for a person, by the reason.",
  },
  oldestWait: {
    name: "acr_remediator.waiting.oldest_age",
    unit: "s",
    description: "For how long that workspace waits that waits longest, of those that this process looked at.",
  },
  sweepAge: {
    name: "acr_remediator.sweep.age",
    unit: "s",
    description: "How long ago the last finished sweep began; counted from the app's first start while there is none.",
  },
  queueAge: {
    name: "acr_remediator.queue.age",
    unit: "s",
    description: "For how long that message waits that waits longest to be taken.",
  },
} as const;

/** That somebody is there to tell. */
export const up = {
  name: "acr_remediator.up",
  unit: "1",
  description: "1 while a process of the app tells.",
} as const;

export const duration = {
  name: "acr_remediator.reconcile.duration",
  unit: "s",
  description: "How long looks took that ended with an outcome.",
} as const;

/** A look takes some reads, or waits half a minute for an operation. */
const boundaries = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300];

export interface Instruments {
  add(counter: Counter, labels: Labels): void;
  readonly duration: Histogram;
}

/**
 * Makes what counts, everything at zero. Before each export zeros are told anew, for exporters that only tell of what was
 * counted since the last.
 */
export function createInstruments(meter: Meter): Instruments & { readonly tellZeros: () => void } {
  const made = Object.fromEntries(
    Object.entries(counters).map(([key, { name, unit, description }]) => [
      key,
      meter.createCounter(name, { unit, description }),
    ]),
  );
  const tellZeros = (): void => {
    for (const [key, { zeros }] of Object.entries(counters)) for (const labels of zeros) made[key]?.add(0, labels);
  };
  tellZeros();
  const { name, ...options } = duration;
  return {
    add: (counter, labels) => made[counter]?.add(1, labels),
    duration: meter.createHistogram(name, { ...options, advice: { explicitBucketBoundaries: boundaries } }),
    tellZeros,
  };
}

function keysOf<Key extends string>(keys: Readonly<Record<Key, true>>): readonly Key[] {
  return Object.keys(keys) as Key[];
}
