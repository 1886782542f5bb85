/**
 * Timer triggers: five- or six-field NCRONTAB in UTC, run on schedule and, with `runOnStartup`, at start. Not modelled:
 * the blob in which the real host remembers a schedule, hence catch-up runs (`isPastDue` is always false) and the
 * singleton lease (several hosts on one storage account each run every timer); `hh:mm:ss` schedules; daylight saving.
 * Facts: Azure/azure-webjobs-sdk-extensions, Extensions/Timers.
 */
import { Cron } from "croner";
import type { Call, Executor } from "./executor.ts";
import type { Log } from "./log.ts";
import type { Listener } from "./queue-listener.ts";
import type { Settings } from "./settings.ts";
import { dotNetTime, sleep } from "./time.ts";
import type { Trigger } from "./triggers.ts";

export interface Timer extends Listener {
  readonly functionName: string;
  /** What a run now would get, as the admin endpoint needs it. */
  call(): Call;
  start(): void;
}

export interface TimerOptions {
  readonly trigger: Trigger;
  readonly settings: Settings;
  readonly executor: Executor;
  readonly log: Log;
}

/** .NET's default(DateTime): no run yet. */
const noTime = "0001-01-01T00:00:00+00:00";

/** Throws when the schedule is no NCRONTAB expression. */
export function createTimer({ trigger, settings, executor, log }: TimerOptions): Timer {
  const { target, binding } = trigger;
  const functionName = target.metadata.name;
  const cron = parseSchedule(settings.resolve(String(binding.schedule)));
  const monitored = binding.useMonitor !== false && !runsWithinAMinute(cron);
  const stopped = new AbortController();
  const isStopped = (): boolean => stopped.signal.aborted;
  let last: Date | undefined;
  let next = nextRun(cron, new Date());
  let running: Promise<void> = Promise.resolve();

  function call(reason = "Timer fired"): Call {
    const lastTime = last === undefined ? noTime : dotNetTime(last);
    const status = { Last: lastTime, Next: dotNetTime(next), LastUpdated: lastTime };
    const info = { Schedule: { AdjustForDST: true }, ScheduleStatus: monitored ? status : null, IsPastDue: false };
    return { reason: `${reason} at ${dotNetTime(new Date())}`, data: { json: JSON.stringify(info) }, metadata: {} };
  }

  /** Failures are in the executor's log and do not stop the schedule. */
  async function run(scheduled: boolean): Promise<void> {
    const began = new Date();
    await executor.execute(target, call());
    // A timer that fired a little early counts from its scheduled time, so as not to fire twice for it.
    last = scheduled && next > began ? next : began;
    next = nextRun(cron, last);
  }

  async function loop(): Promise<void> {
    if (binding.runOnStartup === true) await run(false);
    while (!isStopped()) {
      await sleep(next.getTime() - Date.now(), stopped.signal);
      if (!isStopped()) await run(true);
    }
  }

  return {
    functionName,
    call: () => call("This function was programmatically called via the host APIs"),
    start: () => {
      log({ level: "debug", category: "Host.Timers", functionName, message: `Next run at ${dotNetTime(next)}` });
      running = loop();
    },
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}

function parseSchedule(expression: string): Cron {
  const fields = expression.trim().split(/\s+/);
  const isNcrontab = (fields.length === 5 || fields.length === 6) && fields.every((field) => /^[\w*,/-]+$/.test(field));
  if (!isNcrontab) throw new Error(`The schedule expression '${expression}' was not recognized as a cron expression.`);
  // NCrontab wants day of month and day of week both to match.
  return new Cron(fields.length === 5 ? `0 ${fields.join(" ")}` : fields.join(" "), {
    timezone: "UTC",
    domAndDow: true,
    // `5/15` is every fifteen from five on.
    sloppyRanges: true,
  });
}

function nextRun(cron: Cron, after: Date): Date {
  const next = cron.nextRun(after);
  if (next === null) throw new Error(`The schedule ${cron.getPattern() ?? ""} never comes again.`);
  return next;
}

/** Such schedules are not remembered by the real host: its schedule status is null. */
function runsWithinAMinute(cron: Cron): boolean {
  const [first, second] = cron.nextRuns(2);
  return first !== undefined && second !== undefined && second.getTime() - first.getTime() < 60_000;
}
