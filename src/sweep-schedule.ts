import { Cron } from "croner";
import type { Environment } from "./settings.ts";

/** The least and the strangest that NCRONTAB has in common with other crontabs: digits, names of three letters, `* , - /`. */
const known = /^(?:\d+|[a-z]{3}|[*,\-/ ])+$/i;

/**
 * A schedule of the Functions host with single spaces: NCRONTAB with six fields, seconds first (Microsoft Learn, "Timer
 * trigger for Azure Functions").
 * @throws Error saying what is wrong: the host would only log it, and the timer would never run
 */
export function parseSchedule(text: string): string {
  const fields = text.trim().split(/\s+/);
  const schedule = fields.join(" ");
  if (fields.length !== 6) throw new Error(`it has ${fields.length} fields`);
  if (!known.test(schedule)) throw new Error("NCRONTAB knows digits, names of three letters and * , - / only");
  // Other crontabs take 7 for Sunday; NCRONTAB does not.
  if (/7/.test(fields[5] ?? "")) throw new Error("the day of the week goes from 0 to 6");
  new Cron(schedule, { mode: "6-part", paused: true, sloppyRanges: true });
  return schedule;
}

/** Every night at 02:30 UTC. */
export const defaultSchedule = "0 30 2 * * *";

/**
 * The sweep's schedule alone: it is needed to register the functions, also when another setting is wrong. That it is wrong
 * itself is told with all other settings.
 */
export function sweepSchedule(environment: Environment): string {
  try {
    return parseSchedule(environment["REMEDIATOR_SWEEP_SCHEDULE"] || defaultSchedule);
  } catch {
    return defaultSchedule;
  }
}

/** When the schedule comes round next after a time, both ms since the epoch; `undefined` for one that never does. */
export function nextRun(schedule: string, after: number): number | undefined {
  const cron = new Cron(schedule, { mode: "6-part", paused: true, sloppyRanges: true, timezone: "UTC" });
  return cron.nextRun(new Date(after))?.getTime();
}
