import type { Edm } from "@azure/data-tables";
import type { WorkspaceId } from "../../src/core/arm-id.ts";
import { keyText } from "../../src/storage/keys.ts";
import { someMemory } from "./setting.ts";

export type RawColumns = Readonly<Record<string, unknown>>;
type Int64 = Edm<"Int64">;
const int64: Int64 = { type: "Int64", value: "9007199254740993" };

/** A state row as this version writes it, with a memory in it and nobody at work. */
export function soundState(workspace: WorkspaceId, memory: unknown = someMemory(workspace)): RawColumns {
  const { workspaceId } = someMemory(workspace);
  const columns = {
    schemaVersion: 1,
    workspaceId,
    outcome: "",
    reason: "",
    registryId: "",
    lookedAt: "",
    nextLookAt: "",
  };
  return { ...columns, leaseOwner: "", leaseUntil: "", memoryParts: 1, memory0: JSON.stringify(memory) };
}

/** What makes a state row one that is neither read nor written: what is given is set, `undefined` is left out. */
export const malformedStates: readonly (readonly [string, RawColumns])[] = [
  ["of a newer schema", { schemaVersion: 2 }],
  ["of a newer schema, written as 64 bits", { schemaVersion: int64 }],
  ["of a newer schema, written as text", { schemaVersion: "2" }],
  ["of a schema between two", { schemaVersion: 0.5 }],
  ["of no schema", { schemaVersion: undefined }],
  ["without a lease owner", { leaseOwner: undefined }],
  ["whose lease owner is a number", { leaseOwner: 7 }],
  ["whose lease ends soon", { leaseUntil: "soon" }],
  ["whose lease ends at a date of the service's own type", { leaseUntil: new Date(0) }],
  ["without a number of parts", { memoryParts: undefined }],
  ["whose number of parts is text", { memoryParts: "1" }],
  ["of less than no parts", { memoryParts: -1 }],
  ["of one and a half parts", { memoryParts: 1.5 }],
  [
    "wrong in everything",
    { workspaceId: int64, schemaVersion: true, leaseOwner: new Uint8Array([1]), memoryParts: "" },
  ],
];

/** What makes a memory one that is not acted upon: columns of a sound state row. */
export const malformedMemories: readonly (readonly [string, RawColumns])[] = [
  ["that is missing", { memory0: undefined }],
  ["of more parts than there can be", { memoryParts: 16 }],
  ["of more parts than there are", { memoryParts: 2 }],
  ["that is no text", { memory0: 7 }],
  ["that is empty", { memory0: "" }],
  ["that breaks off", { memory0: '{"workspaceId":"w","conditions":[' }],
  ["nested without end", { memory0: "[".repeat(32_000) }],
  ["that is null", { memory0: "null" }],
  ["that is a list", { memory0: "[]" }],
  ["of a newer kind of outcome", ofMemory({ outcome: { kind: "improved" } })],
  ["of a wait without end", ofMemory({ outcome: { kind: "waiting", reason: "Transient", message: "" } })],
  [
    "of a status between two",
    ofMemory({ conditions: [{ type: "t", status: "Maybe", reason: "", message: "", since: 0 }] }),
  ],
  ["whose sync is owed perhaps", ofMemory({ syncOwed: "perhaps" })],
  ["of a sync that was guessed", ofMemory({ synced: { fingerprint: "f", how: "guessed", at: 0 } })],
  [
    "of an unknown operation",
    ofMemory({ operation: { kind: "Delete", description: "", state: "", since: 0, pollAt: 0 } }),
  ],
  ["of a time that is none", ofMemory({ startedAt: 1e300 })],
  [
    "of a next look at no number",
    { memory0: '{"workspaceId":"w","conditions":[],"syncOwed":false,"nextLookAt":1e999}' },
  ],
  ["wrong in a thousand places", ofMemory({ done: Array.from({ length: 1000 }, () => 7) })],
];

/** What makes an inbox row one that is neither listed nor touched. */
export const malformedRequests: readonly (readonly [string, RawColumns])[] = [
  ["without an id", {}],
  ["whose id is a number", { requestId: 7 }],
  ["whose id is a number of 64 bits", { requestId: int64 }],
  ["whose id is not JSON", { requestId: "id" }],
  ["whose id is a list", { requestId: '["id"]' }],
  ["whose id is that of another row", { requestId: '"another"' }],
];

/** What an inbox row may lack and still be a request. */
export const strangeRequests: readonly (readonly [string, RawColumns])[] = [
  ["but its id", {}],
  ["but its id, as all is of another type", { cause: 7, acceptedAt: new Date(0), evidence: true, rotatedKeys: int64 }],
  [
    "but its id, as all says too much",
    { cause: "whim", acceptedAt: "9e99", evidence: "[]", rotatedKeys: "all", fresh: "true" },
  ],
  ["but its id, as its evidence is not text", { evidence: '{"actor":7}', confirm: "1" }],
];

/** Columns of index rows that name no workspace, and how many ids they are listed with. */
export const malformedIndexRows: readonly (readonly [string, RawColumns])[] = [
  ["without an id", {}],
  ["whose id is a number", { workspaceId: 7 }],
  ["whose id is a number of 64 bits", { workspaceId: int64 }],
  ["whose id is bytes", { workspaceId: new Uint8Array([1, 2]) }],
];

/** Columns of history rows and sweep rows that are passed over; `entry` and `record` stand for what they are called there. */
export function malformedJsonRows(name: string): readonly (readonly [string, RawColumns])[] {
  return [
    ["of nothing", {}],
    ["of parts that are no number", { [`${name}Parts`]: "1", [`${name}0`]: "{}" }],
    ["of no part", { [`${name}Parts`]: 0 }],
    ["of endless parts", { [`${name}Parts`]: int64 }],
    ["of a part that is missing", { [`${name}Parts`]: 2, [`${name}0`]: "{" }],
    ["of a part that is no text", { [`${name}Parts`]: 1, [`${name}0`]: new Date(0) }],
    ["that is no JSON", { [`${name}Parts`]: 1, [`${name}0`]: "{" }],
    ["that is null", { [`${name}Parts`]: 1, [`${name}0`]: "null" }],
    [
      "of a time that is none",
      { [`${name}Parts`]: 1, [`${name}0`]: JSON.stringify({ ...soundRecord, at: 1e300, startedAt: 1e300 }) },
    ],
    ["that is something else", { [`${name}Parts`]: 1, [`${name}0`]: '{"at":"noon","startedAt":[],"errors":{}}' }],
  ];
}

/** Holds what a history entry has to, and what a sweep record has to. */
const soundRecord = {
  ...{ at: 1, reconcileId: "r", phase: "ended", requests: [], requestCount: 0, planned: [], done: [], durationMs: 1 },
  ...{ id: "x", startedAt: 1, seen: 1, requested: 1, errors: [] },
};

export function requestKey(id: string): { readonly rowKey: string; readonly requestId: string } {
  return { rowKey: keyText(id), requestId: JSON.stringify(id) };
}

function ofMemory(more: object): RawColumns {
  return { memory0: JSON.stringify({ workspaceId: "w", conditions: [], syncOwed: false, ...more }) };
}
