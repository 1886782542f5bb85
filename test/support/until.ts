import { setTimeout as sleep } from "node:timers/promises";

/** Looks again until `look` finds something other than undefined or false. @throws Error when it has not within `seconds` */
export async function until<Found>(
  what: string,
  look: () => Found | Promise<Found>,
  seconds = 20,
): Promise<Exclude<Found, undefined | false>> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found as Exclude<Found, undefined | false>;
    if (performance.now() > deadline) throw new Error(`Waited ${seconds} s in vain: ${what}.`);
    await sleep(25);
  }
}
