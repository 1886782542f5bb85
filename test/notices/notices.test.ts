import { beforeEach, describe, expect, test } from "vitest";
import { sourceOf } from "../../src/app-source.ts";
import type { NoticeEvent } from "../../src/notices/cloud-event.ts";
import { openNotices } from "../../src/notices/notices.ts";
import { silence, toldLater } from "../../src/notices/telling.ts";
import type { RejectedItem } from "../../src/storage/rejected.ts";
import { blockedNews, publishing, sweepNews, workspaceId } from "./samples.ts";

let kept: RejectedItem[];
let warnings: string[];
const log = { warn: (message: string) => void warnings.push(message) };
const rejected = { put: (item: RejectedItem) => Promise.resolve(void kept.push(item)) };
const failing = (error: Error) => () => Promise.reject(error);

beforeEach(() => {
  kept = [];
  warnings = [];
});

describe("telling news", () => {
  test("publishes what there is in one go, and loads nothing where there is none", async () => {
    const sent: (readonly NoticeEvent[])[] = [];
    let loaded = 0;
    const publish = (events: readonly NoticeEvent[]) => Promise.resolve(void sent.push(events));
    const notices = toldLater(() => {
      loaded += 1;
      return Promise.resolve(openNotices(publishing, publish, rejected));
    });
    await notices.tell([], log);
    expect(loaded).toBe(0);
    await notices.tell([blockedNews, sweepNews], log);
    expect(sent.map((events) => events.map(({ type }) => type))).toEqual([
      ["AzureMLAcrRemediator.WorkspaceBlocked", "AzureMLAcrRemediator.SweepOverdue"],
    ]);
    expect([kept, warnings]).toEqual([[], []]);
  });

  test("where what publishes cannot be loaded, the log tells, and nothing fails", async () => {
    const notices = toldLater(() => Promise.reject(new Error("no such file")));
    await notices.tell([blockedNews], log);
    expect(warnings).toEqual(["What happened could not be told: Error: no such file"]);
  });

  test("that cannot be published is told in the log and kept, each event by itself, and does not fail", async () => {
    const error = Object.assign(new Error("no right"), { statusCode: 401 });
    const notices = openNotices(publishing, failing(error), rejected);
    await notices.tell([blockedNews, sweepNews], log);
    const message = `Not published: AzureMLAcrRemediator.WorkspaceBlocked of ${workspaceId}, AzureMLAcrRemediator.SweepOverdue of sweeps: HTTP 401: no right Does the app's identity have the role EventGrid Data Sender on the topic?`;
    expect(warnings).toEqual([message]);
    expect(kept).toMatchObject([
      { source: "notification", reason: "NotPublished", message },
      { source: "notification", reason: "NotPublished", message },
    ]);
    expect(kept.map(({ body }) => (JSON.parse(body) as { id: string }).id)).toEqual([
      "5e1f0000-0000-4000-8000-00000000000a/WorkspaceBlocked",
      "overdue since 2026-03-02T03:30:00.000Z/SweepOverdue",
    ]);
  });

  test("does not fail either when the SDK cannot be loaded, or storage is away as well", async () => {
    const away = { put: failing(new Error("storage is away")) };
    await openNotices(publishing, failing(new Error("no such file")), away).tell([blockedNews], log);
    expect(warnings).toEqual([
      expect.stringContaining("no such file") as unknown,
      "Nor could it be kept: Error: storage is away",
    ]);
  });

  test("is silent where nothing is to be published", async () => {
    await silence.tell([blockedNews], log);
    expect(warnings).toEqual([]);
  });
});

describe("the source of events", () => {
  const site = { WEBSITE_SITE_NAME: "remediator" };
  const owner = { WEBSITE_OWNER_NAME: "11111111-1111-4111-8111-111111111111+ml-WestEuropewebspace" };
  test.each([
    [
      { ...site, ...owner, WEBSITE_RESOURCE_GROUP: "ml" },
      "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/ml/providers/Microsoft.Web/sites/remediator",
    ],
    [{ ...site, ...owner }, "urn:azureml-acr-remediator:remediator"],
    [site, "urn:azureml-acr-remediator:remediator"],
    [{ ...owner, WEBSITE_SITE_NAME: "" }, "urn:azureml-acr-remediator"],
    [{}, "urn:azureml-acr-remediator"],
  ])("of an app that is told %j is %s", (environment, source) => {
    expect(sourceOf(environment)).toBe(source);
  });
});
