/** Of a diagnosis: what is remembered of key syncs, what Azure Machine Learning says itself, and what we were refused. */
import { azWorkspace } from "./az-command.ts";
import { type Asked, type DiagnosisFacts, type Found, type ServiceFinding, unknown } from "./diagnosis-facts.ts";
import type { Failure } from "./failure.ts";
import type { Memory } from "./memory.ts";
import type { BlockedReason, WaitReason } from "./outcome.ts";
import { exemption } from "./exemption.ts";

/** What is remembered of the key sync: Azure has no way to ask. */
export function keysLine({ workspace, memory }: DiagnosisFacts): Found {
  const check = "keys";
  const fix = [azWorkspace("sync-keys", workspace.id)];
  if (!memory.known) return { ...unknown(check, memory.failure), fix };
  const condition = memory.fact?.conditions.find(({ type }) => type === "KeysSynced");
  if (condition === undefined)
    return {
      ...unknown(check, {
        message: "No look at this workspace is remembered, and Azure has no way to ask whether its keys are in sync.",
      }),
      fix,
    };
  const found = `${condition.reason}: ${condition.message}`;
  switch (condition.status) {
    case "True":
      return { check, status: "ok", found };
    case "False":
      return { check, status: "problem", found, fix };
    case "Unknown":
      return { check, status: "unknown", found, fix };
  }
}

/** What Azure Machine Learning's own diagnosis says, a line for each thing. */
export function serviceLines({ workspace, service }: DiagnosisFacts): readonly Found[] {
  const check = "service";
  const fix = [azWorkspace("diagnose", workspace.id)];
  if (!service.known) return [unknown(check, service.failure)];
  if (service.fact === undefined)
    return [{ ...unknown(check, { message: "Azure Machine Learning's own diagnosis did not answer in time." }), fix }];
  if (service.fact.length === 0)
    return [{ check, status: "note", found: "Azure Machine Learning's own diagnosis names nothing." }];
  // What concerns the registry first.
  const isOfRegistry = ({ area }: ServiceFinding): boolean => area === "containerRegistry";
  const sorted = [...service.fact.filter(isOfRegistry), ...service.fact.filter((one) => !isOfRegistry(one))];
  return sorted.map(({ area, code, level, message }) => ({
    check,
    of: area,
    status: level.toLowerCase() === "error" ? "problem" : "note",
    found: `Azure Machine Learning says ${code} (${level}): ${message}`,
  }));
}

/** Reasons of an outcome with which Azure refused the app a change. */
const refusals: readonly (BlockedReason | WaitReason)[] = [
  "MissingPermission",
  "PermissionsYoung",
  "RoleAssignmentLimit",
  "DenyAssignment",
  "ScopeLocked",
  "DisallowedByPolicy",
  "RequestRefused",
];

/** Which reads our own identity was refused, and what is remembered of changes that it was. */
export function ownRightsLine(facts: DiagnosisFacts): Found {
  const check = "ownRights";
  const refused = refusedReads(facts);
  const operator = facts.memory.known ? facts.memory.fact?.exempt : undefined;
  const exempt = exemption(facts.workspace, operator, facts.at);
  const alone = exempt === undefined ? "" : ` This app leaves the workspace alone: ${exempt.message}`;
  const { text, isRefusal } = lastOutcome(facts.memory);
  if (refused.length > 0)
    return {
      check,
      status: "problem",
      found: `Our own identity may not read everything: it lacks ${refused.join("; ")}. ${text}${alone}`,
    };
  const status = isRefusal ? "problem" : exempt === undefined ? "ok" : "note";
  const reads = isRefusal ? "" : "Our own identity was refused no read. ";
  return { check, status, found: `${reads}${text}${alone}` };
}

/** Action and scope of each permission that a read was refused for, once. */
function refusedReads(facts: DiagnosisFacts): readonly string[] {
  const { hub, registry, computes, endpoints, service, rights } = facts;
  const asked: readonly (Asked<unknown> | undefined)[] = [
    hub,
    registry?.details,
    computes,
    endpoints,
    service,
    ...[...rights.values()].flatMap(({ assignments, denials }) => [assignments, denials]),
  ];
  const failures = asked.flatMap((one): readonly Failure[] => (one?.known === false ? [one.failure] : []));
  const missing = failures.filter(({ kind }) => kind === "missingPermission");
  return [...new Set(missing.map(({ action = "an action", scope = "its scope" }) => `${action} at ${scope}`))];
}

/** What the last look that is remembered ended with. */
function lastOutcome(memory: Asked<Memory | undefined>): { readonly text: string; readonly isRefusal: boolean } {
  if (!memory.known) return { text: "What the last look ended with is not known.", isRefusal: false };
  const outcome = memory.fact?.outcome;
  if (outcome === undefined)
    return { text: "No look is remembered, so it is not known whether a change would be refused.", isRefusal: false };
  if (!("reason" in outcome)) return { text: `The last look ended ${outcome.kind}.`, isRefusal: false };
  const isRefusal = refusals.some((reason) => reason === outcome.reason);
  return { text: `The last look ended ${outcome.kind}, ${outcome.reason}: ${outcome.message}`, isRefusal };
}
