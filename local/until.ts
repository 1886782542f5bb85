import { setTimeout as sleep } from "node:timers/promises";

/** How long somebody looks, and how often. */
export interface Patience {
  /** After so many seconds it is given up; 60 by default. */
  readonly seconds?: number;
  /** The first pause between two looks, 50 ms by default; each is a fifth longer than the one before it, to leave the machine to those who work. */
  readonly pauseMs?: number;
  /** No pause is longer: a second, or the first pause, by default. */
  readonly longestPauseMs?: number;
}

/** Looks again until `look` finds something other than undefined or false. @throws Error when it has not in time, and what `look` throws */
export async function until<Found>(
  what: string,
  look: () => Found | Promise<Found>,
  { seconds = 60, pauseMs = 50, longestPauseMs = Math.max(pauseMs, 1_000) }: Patience = {},
): Promise<Exclude<Found, undefined | false>> {
  const deadline = performance.now() + seconds * 1_000;
  for (let pause = pauseMs; ; pause = Math.min(pause * 1.2, longestPauseMs)) {
    const found = await look();
    if (found !== undefined && found !== false) return found as Exclude<Found, undefined | false>;
    if (performance.now() > deadline) throw new Error(`Waited ${seconds} s in vain: ${what}.`);
    await sleep(pause);
  }
}
