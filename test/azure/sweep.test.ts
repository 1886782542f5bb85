import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import {
  begin,
  defaultRegistry,
  drift,
  fixtureOf,
  generatedWorld,
  membersOf,
  rules,
  settingsOf,
} from "./generated-world.ts";
import { policyOf, Remediator } from "./remediator.ts";
import { subscriptionId } from "./setting.ts";

// How long it takes is nothing that is tested: a busy machine may take several times as long as an idle one.
const patienceMs = 300_000;
const policy = policyOf({ subscriptions: [subscriptionId], rules, defaultRegistry });

/** Who was asked for by the sweep, in lower case. */
function nominatedBy(remediator: Remediator, sweepId: string): ReadonlySet<string> {
  const asked = remediator.stores.messages.filter(({ message }) => message.requestId === `sweep-${sweepId}`);
  return new Set(asked.map(({ message }) => message.workspaceId.toLowerCase()));
}

describe("over any world that somebody changes without an event, a sweep", () => {
  test(
    "finds whatever a look would find, and asks for nothing else",
    async () => {
      await fc.assert(
        fc.asyncProperty(generatedWorld, async (spec) => {
          const members = membersOf(spec);
          const remediator = await Remediator.start(policy, fixtureOf(spec, members), settingsOf(spec));
          const { azure } = remediator;
          try {
            begin(azure, members);
            const ids = members.map(({ id }) => id);
            await remediator.settle(ids);
            // Whatever was to be confirmed is.
            await remediator.pass(20 * 60_000);
            await remediator.settle(ids);
            drift(azure, members);
            // Reads may lag.
            remediator.clock.advance(60_000);
            remediator.restart();

            const { id: sweepId, errors } = await remediator.sweep();
            expect(errors).toEqual([]);
            const nominated = nominatedBy(remediator, sweepId);
            const before = new Map(ids.map((id) => [id, remediator.outcomeOf(id)?.kind]));
            // The truth: a look at each.
            const sent = await remediator.settle(ids, "http");
            for (const id of ids) {
              const kind = remediator.outcomeOf(id)?.kind;
              const writes = sent.filter(
                ({ isWrite, path }) => isWrite && path.toLowerCase().includes(parseWorkspaceId(id).name.toLowerCase()),
              );
              const isPending = before.get(id) === "blocked" || before.get(id) === "waiting";
              const isChanged = kind !== before.get(id) || writes.length > 0;
              if (isChanged && !isPending) expect([id, nominated.has(id.toLowerCase())]).toEqual([id, true]);
              if (!isChanged || isPending) expect([id, nominated.has(id.toLowerCase())]).toEqual([id, false]);
            }
          } finally {
            await azure.close();
          }
        }),
        { numRuns: 10 },
      );
    },
    patienceMs,
  );
});
