import type { SweepRecord } from "../../src/core/sweep-record.ts";

/** The record of a sweep that saw something. */
export function sweepRecord(more: Partial<SweepRecord> = {}): SweepRecord {
  return {
    id: "1",
    startedAt: 0,
    progressAt: 0,
    seen: 3,
    requested: 2,
    nominated: { RecheckDue: 2 },
    pending: 1,
    unreadable: [],
    queries: 4,
    drift: [{ registryId: "/r", workspaces: 2, attachments: 1, grants: 2, keySyncs: 1 }],
    errors: [],
    ...more,
  };
}
