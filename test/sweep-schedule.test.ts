import { describe, expect, test } from "vitest";

import { settingNames } from "../src/settings.ts";
import { sweepSchedule } from "../src/sweep-schedule.ts";
import { least, problemsOf } from "./config-samples.ts";

describe("the sweep's schedule", () => {
  test.each(["0 30 2 * * *", "*/15 * * * * *", "0 0,30 8-18/2 1-15,31 JAN-Mar mon-5", "0 5/15 * * * *"])(
    "may be %s",
    (REMEDIATOR_SWEEP_SCHEDULE) => {
      expect(sweepSchedule({ REMEDIATOR_SWEEP_SCHEDULE })).toBe(REMEDIATOR_SWEEP_SCHEDULE);
      expect(problemsOf({ ...least, REMEDIATOR_SWEEP_SCHEDULE })).toEqual([]);
    },
  );

  test("is known when every other setting is wrong", () => {
    const wrong = Object.fromEntries(settingNames.map((name) => [name, "?"]));
    expect(sweepSchedule({ ...wrong, REMEDIATOR_SWEEP_SCHEDULE: "  0   0 3 * * * " })).toBe("0 0 3 * * *");
  });

  test.each([undefined, "", "nightly", "0 61 2 * * *"])(
    "is every night where it is %j",
    (REMEDIATOR_SWEEP_SCHEDULE) => {
      expect(sweepSchedule({ REMEDIATOR_SWEEP_SCHEDULE })).toBe("0 30 2 * * *");
    },
  );

  test.each([
    ["30 2 * * *", "it has 5 fields"],
    ["0 60 2 * * *", "CronPattern: Invalid value for minute: 60"],
    ["0 0 0 32 1 *", "CronPattern: Invalid value for day: 31"],
    ["0 0 2 * * 7", "the day of the week goes from 0 to 6"],
    ["0 */0 * * * *", "CronPattern: Syntax error, illegal stepping: 0"],
    ["0 0 5-2 * * *", "CronPattern: From value is larger than to value: '5-2'"],
    ["0 0 2 L * *", "NCRONTAB knows digits, names of three letters and * , - / only"],
    ["a b c d e f", "NCRONTAB knows digits, names of three letters and * , - / only"],
  ])("%s is refused, and it is said why", (schedule, why) => {
    expect(problemsOf({ ...least, REMEDIATOR_SWEEP_SCHEDULE: schedule })).toEqual([
      `REMEDIATOR_SWEEP_SCHEDULE: found ${JSON.stringify(schedule)}. Allowed: six fields, seconds first, e.g. 0 30 2 * * * (${why}).`,
    ]);
  });
});
