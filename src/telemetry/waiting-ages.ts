import { LRUCache } from "lru-cache";
import type { Waiting } from "./telemetry.ts";

/** More that wait at a time are not followed: the oldest of so many is old enough. */
const most = 10_000;
/** For how long a wait counts that nobody looked at again when it was time, in milliseconds: another process may have. */
const graceMs = 10 * 60_000;

/** Since when workspaces wait, as far as the looks of this process tell: so nothing is read for it. */
export class WaitingAges {
  readonly #waiting = new LRUCache<string, Waiting>({ max: most });

  told(workspaceId: string, waiting: Waiting | undefined): void {
    const key = workspaceId.toLowerCase();
    if (waiting === undefined) this.#waiting.delete(key);
    else this.#waiting.set(key, waiting);
  }

  /** For how long that one waits that waits longest, in milliseconds; 0 when none does. */
  oldest(now: number): number {
    let oldest = 0;
    for (const [key, { since, until }] of this.#waiting.entries())
      if (until + graceMs < now) this.#waiting.delete(key);
      else oldest = Math.max(oldest, now - since);
    return oldest;
  }
}
