import { beforeEach, describe, expect, test } from "vitest";

import type { SweepRecord } from "../../src/core/sweep-record.ts";
import { FreshnessWatch } from "../../src/functions/freshness.ts";
import type { StorageRequestQueue } from "../../src/storage/request-queue.ts";
import type { Sweeps } from "../../src/storage/sweeps.ts";
import { sweepRecord } from "../storage/sweep-records.ts";

const hour = 3_600_000;
const settings = { schedule: "0 30 2 * * *", sweepGraceMs: hour, sweepHoldMs: hour / 6, backlogMs: 900_000 };
const firstStart = Date.parse("2026-03-01T12:00:00Z");
/** The sweep of the first night, and when it should be over. */
const night = Date.parse("2026-03-02T02:30:00Z");
const dueBy = night + hour;

let now: number;
let records: SweepRecord[];
let claimed: string[];
let asked: unknown[];
let oldest: number | undefined;

const sweeps = {
  latest: () => soon(() => records.at(-1)),
  latestFinished: () => soon(() => records.findLast(({ finishedAt }) => finishedAt !== undefined)),
  firstStart: () => soon(() => firstStart),
  claim: (what: string) => soon(() => !claimed.includes(what) && claimed.push(what) > 0),
} as unknown as Sweeps;
const queue: StorageRequestQueue = {
  send: (message) => soon(() => void asked.push(message)),
  oldest: () => soon(() => oldest),
};

beforeEach(() => {
  now = firstStart;
  records = [];
  claimed = [];
  asked = [];
  oldest = undefined;
});

function soon<Answer>(answer: () => Answer): Promise<Answer> {
  return Promise.resolve().then(answer);
}

/** One process of the app. */
function watch(isHeard = false): FreshnessWatch {
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  return new FreshnessWatch(settings, sweeps, queue, clock, isHeard);
}

function swept(startedAt: number, finishedAt?: number, progressAt = finishedAt ?? startedAt): void {
  const end = finishedAt === undefined ? {} : { finishedAt };
  records.push(sweepRecord({ id: String(startedAt), startedAt, progressAt, ...end }));
}

describe("a sweep is overdue", () => {
  test.each([
    ["an hour after the first night, counted from the first start", () => undefined, dueBy],
    [
      "an hour after the night that follows the last sweep",
      () => {
        swept(night, night + 60_000);
      },
      dueBy + 24 * hour,
    ],
    [
      "also when one has begun since and never ended",
      () => {
        swept(night);
      },
      dueBy,
    ],
    [
      "only after the night that follows one that was started by hand",
      () => {
        swept(night - hour, night);
      },
      dueBy,
    ],
  ])("%s", async (_when, prepare, due) => {
    prepare();
    now = due;
    expect(await watch().now()).toMatchObject({ sweepOverdue: false, sweepDueBy: due });
    now = due + 1;
    expect(await watch().now()).toMatchObject({ sweepOverdue: true, sweepDueBy: due });
  });

  test("never, on a schedule that never comes round", async () => {
    const clock = { now: () => 1e15, sleep: () => Promise.resolve() };
    const never = new FreshnessWatch({ ...settings, schedule: "0 0 0 31 2 *" }, sweeps, queue, clock);
    expect(await never.now()).toMatchObject({ sweepOverdue: false, sweepDueBy: Infinity });
  });
});

describe("messages wait too long", () => {
  test("a quarter of an hour after the oldest could have been taken", async () => {
    expect(await watch().now()).toMatchObject({ behind: false });
    oldest = now - settings.backlogMs;
    expect(await watch().now()).toMatchObject({ oldestWaitingSince: oldest, behind: false });
    oldest -= 1;
    expect(await watch().now()).toMatchObject({ oldestWaitingSince: oldest, behind: true });
  });
});

describe("an overdue sweep", () => {
  test("is asked for by one of all who notice", async () => {
    now = dueBy + 1;
    const started = await Promise.all([1, 2, 3, 4, 5].map(() => watch().startOverdueSweep()));
    expect(started.filter((it) => it)).toHaveLength(1);
    expect(asked).toEqual([{ sweep: "overdue since 2026-03-02T03:30:00.000Z, 0" }]);
  });

  test("is asked for again after each hour for which none was done", async () => {
    const watches = [watch(), watch()];
    for (const hours of [0, 0.5, 1, 1.5, 2]) {
      now = dueBy + 1 + hours * hour;
      for (const one of watches) await one.startOverdueSweep();
    }
    expect(asked).toEqual([0, 1, 2].map((period) => ({ sweep: `overdue since 2026-03-02T03:30:00.000Z, ${period}` })));
  });

  test("is news once, whoever notices and however long it lasts, and again after one has ended", async () => {
    const heard: unknown[] = [];
    const notice = async (): Promise<void> => {
      for (const one of await Promise.all([watch(true), watch(true)].map((each) => each.startOverdueSweep())))
        heard.push(...(one?.news ?? []));
    };
    for (const hours of [0, 1, 5]) {
      now = dueBy + 1 + hours * hour;
      await notice();
    }
    const key = "overdue since 2026-03-02T03:30:00.000Z";
    expect(heard).toEqual([
      {
        kind: "SweepOverdue",
        key,
        at: dueBy + 1,
        message:
          "A sweep should have come to its end by 2026-03-02T03:30:00.000Z, and none has. The app asked for one.",
      },
    ]);
    swept(now, now + 1);
    now += 24 * hour;
    await notice();
    expect(heard).toHaveLength(2);
  });

  test("is looked for at most once a minute by one process", async () => {
    now = dueBy - 30_000;
    const one = watch();
    expect(await one.startOverdueSweep()).toBeUndefined();
    now = dueBy + 1;
    expect(await one.startOverdueSweep()).toBeUndefined();
    now = dueBy + 30_000;
    expect(await one.startOverdueSweep()).toMatchObject({ what: "A sweep is overdue: asked for one." });
  });

  test("is not asked for while one is under way, unless that takes longer than an hour", async () => {
    now = dueBy + 1;
    swept(now - hour + 1, undefined, now);
    expect(await watch().startOverdueSweep()).toBeUndefined();
    now += 1;
    expect(await watch().startOverdueSweep()).toMatchObject({ what: "A sweep is overdue: asked for one." });
  });

  test("is not asked for when none is overdue", async () => {
    now = dueBy;
    expect(await watch().startOverdueSweep()).toBeUndefined();
    expect([asked, claimed]).toEqual([[], []]);
  });
});

describe("a sweep that died on its way", () => {
  test("is begun again under its name by one of all who notice, once it was not heard of for ten minutes", async () => {
    now = night + 30_000;
    swept(night, undefined, now);
    now += 1.1 * settings.sweepHoldMs - 1;
    expect(await watch().startOverdueSweep()).toBeUndefined();
    now += 1;
    const started = await Promise.all([1, 2, 3].map(() => watch().startOverdueSweep()));
    expect(started.filter((it) => it !== undefined)).toEqual([
      { what: `The sweep ${night} died on its way: asked for it again.`, news: [] },
    ]);
    expect(asked).toEqual([{ sweep: String(night) }]);
  });

  test("is begun again as often as it dies", async () => {
    swept(night);
    now = night + 1.1 * settings.sweepHoldMs;
    await watch().startOverdueSweep();
    swept(now, undefined, now);
    now += 1.1 * settings.sweepHoldMs;
    await watch().startOverdueSweep();
    expect(asked).toHaveLength(2);
  });

  test("is left to its time when it was given up", async () => {
    swept(night);
    records = records.map((record) => ({ ...record, failedAt: night }));
    now = dueBy;
    expect(await watch().startOverdueSweep()).toBeUndefined();
    now += 1;
    expect(await watch().startOverdueSweep()).toMatchObject({ what: "A sweep is overdue: asked for one." });
  });
});
