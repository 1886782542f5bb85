import { setTimeout as sleep } from "node:timers/promises";
import type { Azure } from "../azure/index.ts";
import { updateSettings } from "../azure/settings.ts";
import type { Kills } from "./kills.ts";
import type { Recoveries } from "./recoveries.ts";
import type { Script, Step } from "./script.ts";
import { create, disturb } from "./stage.ts";
import type { Visitor } from "./visitor.ts";

export interface Actors {
  readonly azure: Azure;
  readonly kills: Kills;
  readonly recoveries: Recoveries;
  readonly visitor: Visitor;
}

/** How often recoveries are looked for, and how long a deed waits for which a workspace is busy. */
const lookEveryMs = 250;
const busyMs = 500;

/** Plays the script to the end of its time; rejects when the signal is aborted. */
export async function play({ steps, durationMs }: Script, actors: Actors, signal: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  const waiting = [...steps];
  for (;;) {
    const now = performance.now() - startedAt;
    while (waiting[0] !== undefined && waiting[0].at <= now) {
      const step = waiting.shift();
      if (step !== undefined && !perform(step, actors)) insert(waiting, { ...step, at: now + busyMs });
    }
    actors.recoveries.look();
    if (now >= durationMs) return;
    await sleep(Math.min(lookEveryMs, Math.max(1, (waiting[0]?.at ?? durationMs) - now)), undefined, { signal });
  }
}

function insert(steps: Step[], step: Step): void {
  const later = steps.findIndex(({ at }) => at > step.at);
  steps.splice(later < 0 ? steps.length : later, 0, step);
}

/** @returns false when it has to wait */
function perform(step: Step, { azure, kills, recoveries, visitor }: Actors): boolean {
  switch (step.what) {
    case "create":
      create(azure.world, step.member);
      recoveries.disturbed(step.member);
      return true;
    case "disturb": {
      const { member, how } = step;
      if (how === "ask") {
        void visitor.ask(member);
        return true;
      }
      const isDone = disturb(azure.world, member, how);
      if (isDone) recoveries.disturbed(member);
      return isDone;
    }
    case "weather":
      updateSettings(azure.settings, step.weather);
      return true;
    case "sweep":
      void visitor.sweep();
      return true;
    case "kill":
      if (step.trigger === undefined) kills.now(step.host);
      else kills.arm(step.host, step.trigger);
      return true;
  }
}
