import * as z from "zod/mini";
import { parseResourceId } from "../core/arm-id.ts";
import type { Baseline } from "../core/baseline.ts";
import type { OperatorExemption } from "../core/exemption.ts";
import type { ActionKind, Memory } from "../core/memory.ts";
import type { BlockedReason, ConditionType, ExemptReason, WaitReason, WarningReason } from "../core/outcome.ts";
import { time } from "./time-column.ts";

// Reasons and kinds of actions are texts here: core may drop or add one, and what was stored under the old name must still load.
const text = z.string();
const reason = <T extends string>(): z.ZodMiniCustom<T> => z.custom<T>((value) => typeof value === "string");

const outcome = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.literal("compliant") }),
  z.looseObject({ kind: z.literal("remediated"), done: z.array(text) }),
  z.looseObject({ kind: z.literal("waiting"), reason: reason<WaitReason>(), message: text, retryAt: time }),
  z.looseObject({ kind: z.literal("blocked"), reason: reason<BlockedReason>(), message: text, retryAt: time }),
  z.looseObject({
    kind: z.literal("exempt"),
    reason: reason<ExemptReason>(),
    message: text,
    until: z.exactOptional(time),
  }),
  z.looseObject({ kind: z.literal("gone") }),
]);

const condition = z.looseObject({
  type: reason<ConditionType>(),
  status: z.enum(["True", "False", "Unknown"]),
  reason: text,
  message: text,
  since: time,
});

const seen = z.looseObject({
  registryId: z.exactOptional(text),
  storageAccountId: z.exactOptional(text),
  principals: z.array(
    z.looseObject({ label: text, principalId: z.exactOptional(text), canPull: z.boolean(), how: text }),
  ),
  more: z.exactOptional(z.number()),
});

const puller = z.enum(["workspace", "compute", "endpoint"]);

const principal = z.looseObject({
  of: puller,
  label: text,
  principalId: z.exactOptional(text),
  identityId: z.exactOptional(text),
});
const children = z.looseObject({ listedAt: time, of: z.array(puller), principals: z.array(principal) });

const proof = z.looseObject({ principalId: text, assignmentId: z.exactOptional(text), roleId: z.exactOptional(text) });
const proved = z.looseObject({
  registryId: text,
  mode: z.enum(["LegacyRegistryPermissions", "AbacRepositoryPermissions"]),
  proofs: z.array(proof),
});
const rotated = z.looseObject({ registry: z.exactOptional(time), storageAccount: z.exactOptional(time) });

/** What a sweep compares with what it is shown. */
export const baselineShape: z.ZodMiniType<Baseline> = z.looseObject({
  fingerprint: z.exactOptional(text),
  rotated: z.exactOptional(rotated),
  storageKeyTimes: z.exactOptional(text),
  of: z.array(puller),
  computes: z.array(
    principal.check(z.refine(({ identityId }) => identityId === undefined || isResourceId(identityId))),
  ),
  images: z.boolean(),
  proved,
} satisfies Record<keyof Baseline, unknown>);

const progress = { description: text, state: text, since: time, pollAt: time };
const operation = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.enum(["AttachRegistry", "SyncKeys"]), ...progress, fingerprint: z.exactOptional(text) }),
  z.looseObject({ kind: z.literal("ImportImage"), ...progress, registryId: text }),
]);

/** What an operator said about leaving a workspace alone. */
export const operatorExemption: z.ZodMiniType<OperatorExemption> = z.looseObject({ until: time, reason: text });

const change = z.looseObject({ at: time, actor: z.exactOptional(text), operation: z.exactOptional(text) });

// Named one by one, so that the compiler asks for a field that core adds.
const fields = {
  workspaceId: text,
  outcome: z.exactOptional(outcome),
  outcomeAt: z.exactOptional(time),
  conditions: z.array(condition),
  warnings: z.exactOptional(z.array(z.looseObject({ reason: reason<WarningReason>(), message: text }))),
  refused: z.exactOptional(z.looseObject({ registryId: text, reason: reason<BlockedReason>(), at: time })),
  lacking: z.exactOptional(z.looseObject({ action: text, scope: text })),
  adminUser: z.exactOptional(z.looseObject({ registryId: text, at: time })),
  grants: z.exactOptional(
    z.array(
      z.looseObject({
        of: puller,
        registryId: text,
        roleId: text,
        principalId: text,
        label: text,
        missingSince: z.exactOptional(time),
      }),
    ),
  ),
  proved: z.exactOptional(proved),
  storageKeyTimes: z.exactOptional(text),
  pruneRefused: z.exactOptional(z.looseObject({ at: time, message: text })),
  grantsForgotten: z.exactOptional(z.number()),
  children: z.exactOptional(children),
  memberships: z.exactOptional(z.array(z.looseObject({ assignmentId: text, principalIds: z.array(text), at: time }))),
  seen: z.exactOptional(seen),
  synced: z.exactOptional(z.looseObject({ fingerprint: text, how: z.enum(["synced", "adopted"]), at: time })),
  syncOwed: z.boolean(),
  rotated: z.exactOptional(rotated),
  attempted: z.exactOptional(
    z.array(z.looseObject({ kind: reason<ActionKind>(), description: text, assignmentId: z.exactOptional(text) })),
  ),
  exempt: z.exactOptional(operatorExemption),
  contest: z.exactOptional(
    z.looseObject({
      rounds: z.array(z.looseObject({ action: text, at: time })),
      foreign: z.exactOptional(change),
      leftAt: z.exactOptional(time),
    }),
  ),
  attachment: z.exactOptional(
    z.looseObject({ registryId: text, lookedAt: time, attachedAt: time, raced: z.exactOptional(change) }),
  ),
  done: z.exactOptional(z.array(text)),
  doneBefore: z.exactOptional(z.number()),
  operation: z.exactOptional(operation),
  importing: z.exactOptional(operation),
  waits: z.exactOptional(
    z.array(z.looseObject({ reason: reason<WaitReason>(), attempt: z.number(), since: time, missed: z.number() })),
  ),
  blockedAs: z.exactOptional(reason<BlockedReason>()),
  startedAt: z.exactOptional(time),
  sweepRequest: z.exactOptional(text),
  nextLookAt: z.exactOptional(time),
} satisfies Record<keyof Memory, unknown>;

/**
 * What a memory must look like to be acted upon. Fields that are not known here are kept: a memory that passes through
 * loses nothing.
 */
export const memoryShape: z.ZodMiniType<Memory> = z.looseObject(fields);

function isResourceId(id: string): boolean {
  try {
    parseResourceId(id);
    return true;
  } catch {
    return false;
  }
}
