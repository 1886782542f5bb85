import { InvocationContext } from "@azure/functions";
import { beforeEach, expect, test } from "vitest";
import type { App } from "../../src/app.ts";
import { AzureFailure } from "../../src/core/failure.ts";
import type { News } from "../../src/core/news.ts";
import type { SweepRecord } from "../../src/core/sweep-record.ts";
import { onPoison } from "../../src/functions/poison.ts";
import { silent } from "../../src/telemetry/telemetry.ts";
import { onSweep } from "../../src/functions/sweep.ts";
import { fixedPolicy } from "../../src/policy-now.ts";
import { policyOf } from "../core/samples.ts";

const now = Date.UTC(2026, 2, 1, 2, 30);
const context = new InvocationContext({ functionName: "tested", logHandler: () => undefined });
let told: News[];
let stored: SweepRecord[];
/** Whether this process still holds the right to sweep. */
let holds: boolean;

/** An app whose sweeps Azure refuses. */
const app = {
  policyNow: fixedPolicy(policyOf({})),
  notices: { tell: (news: readonly News[]) => Promise.resolve(void told.push(...news)) },
  rejected: { put: () => Promise.resolve() },
  clearAway: () => Promise.resolve(),
  ports: { clock: { now: () => now } },
  sweeps: { get: (id: string) => Promise.resolve(stored.find((record) => record.id === id)) },
  sweepPorts: () =>
    Promise.resolve({
      clock: { now: () => now, sleep: () => Promise.resolve() },
      hash: (text: string) => text,
      newId: () => "sweep-1",
      reads: {},
      fleet: { queries: 0, workspaces: refused, assignments: none, storageAccounts: none, endpoints: none },
      remembered: { of: none, unanswered: none, provingRoles: none },
      records: {
        hold: () => Promise.resolve({ keep: () => Promise.resolve(holds), release: () => Promise.resolve() }),
        save: (record: SweepRecord) => Promise.resolve(void (stored = [record])),
      },
    }),
  telemetry: silent,
} as unknown as App;

async function* none(): AsyncGenerator<never> {
  // of nothing
}

async function* refused(): AsyncGenerator<never> {
  await Promise.resolve();
  throw new AzureFailure({ kind: "throttled", message: "Azure is too busy." });
}

beforeEach(() => {
  told = [];
  stored = [];
  holds = true;
});

test("a sweep that was given up is news, with what its log line says", async () => {
  await onSweep(app, context);
  expect(stored).toMatchObject([{ failedAt: now }]);
  expect(told).toEqual([
    {
      kind: "SweepFailed",
      key: `sweep-1/${now}`,
      at: now,
      message: expect.stringContaining("given up after 0 workspaces seen") as unknown,
    },
  ]);
});

test("a sweep that another has taken over is none: that one goes on", async () => {
  holds = false;
  await onSweep(app, context);
  expect([stored, told]).toEqual([[], []]);
});

test("a sweep whose every attempt failed is news", async () => {
  await onPoison(app, { sweep: "overdue since 2026, 0" }, context);
  expect(told).toEqual([
    {
      kind: "SweepFailed",
      key: "overdue since 2026, 0",
      at: now,
      message: "A sweep failed again and again. The next one is due as scheduled.",
    },
  ]);
});
