/** Runs the blind commands apart from the stand-in, whose time they would take: one run for each workspace, all at the same time. */
import { type BlindTarget, runBlindCommands } from "./blind.ts";
import type { Member } from "./fleet.ts";

export interface BlindTask {
  readonly target: BlindTarget;
  readonly members: readonly Member[];
}

process.on("message", ({ target, members }: BlindTask) => {
  void Promise.all(
    members.map(async (member) => {
      const startedAt = performance.now();
      await runBlindCommands(target, member);
      return performance.now() - startedAt;
    }),
  ).then(
    (durationsMs) => process.send?.(durationsMs),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
