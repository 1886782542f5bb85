import { openStorage } from "../../src/storage/connection.ts";
import { openSweeps } from "../../src/storage/sweeps.ts";
import { registryId } from "./cast.ts";

const dayMs = 86_400_000;
/** What each of the last nights found, and what was put right; the newest last. */
const nights = [
  [11, 6],
  [7, 5],
  [4, 4],
  [2, 1],
  [1, 1],
  [0, 0],
  [3, 2],
  [1, 1],
  [0, 0],
  [0, 0],
  [5, 4],
  [2, 2],
  [1, 0],
] as const;

/** Writes the records of sweeps of earlier nights, which nobody can wait for. */
export async function rememberNights(connectionString: string): Promise<void> {
  const sweeps = openSweeps(openStorage({ kind: "connectionString", connectionString }), { now: Date.now });
  const today = new Date().setHours(2, 30, 0, 0);
  for (const [index, [found, fixed]] of nights.entries()) {
    const startedAt = today - (nights.length - index) * dayMs;
    const grants = Math.ceil(found * 0.8);
    await sweeps.save({
      id: `night-${index}`,
      startedAt,
      progressAt: startedAt + 40_000,
      finishedAt: startedAt + 40_000,
      seen: 12,
      requested: found,
      nominated: { PullNotGranted: grants },
      pending: 2,
      unreadable: [],
      queries: 4,
      drift:
        found === 0 ? [] : [{ registryId, workspaces: found, attachments: found - grants, grants, keySyncs: found }],
      errors: [],
      results: { remediated: fixed, blocked: found - fixed },
    });
  }
}
