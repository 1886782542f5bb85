import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { app } from "./cast.ts";
import { audit, everything, onboarded } from "./deployments.ts";
import { evaluate, type Resource, root } from "./templates.ts";

const [QUERIES, METRICS] = ["Microsoft.Insights/scheduledQueryRules", "Microsoft.Insights/metricAlerts"];

/** The table of what calls for somebody at any hour. */
const [, section = ""] = /\n## Pages\n([^]*?)\n## /.exec(readFileSync(`${root}docs/operations.md`, "utf8")) ?? [];
const pages = [...section.matchAll(/^\| `([a-z-]+)` /gm)].map(([, page = ""]) => page);

const queryAlerts = (): readonly Resource[] => audit.ofType(QUERIES);
const metricAlerts = (): readonly Resource[] => [...audit.ofType(METRICS), ...onboarded.ofType(METRICS)];

function nameOf({ name }: Resource): string {
  return name.replace(/^func-acr-remediator-[a-z0-9]+-/, "");
}

it("everything that the operations page calls a page has an alert, and nothing else has", () => {
  expect(pages).toContain("blocked");
  expect([...queryAlerts(), ...metricAlerts()].map(nameOf).sort()).toEqual([...pages].sort());
});

it("every alert is on, says what to do, and reaches somebody", () => {
  for (const { properties, name } of queryAlerts()) {
    expect(properties, name).toMatchObject({ enabled: true, autoMitigate: true });
    expect(String(properties["description"]).length, name).toBeGreaterThan(20);
    expect(properties["actions"], name).toMatchObject({
      actionGroups: [expect.stringMatching(/\/actionGroups\/func-acr-remediator-\w+-people$/)],
    });
  }
  for (const { properties, name } of metricAlerts()) {
    expect(properties, name).toMatchObject({ enabled: true });
    expect(String(properties["description"]).length, name).toBeGreaterThan(20);
    expect(properties["actions"], name).toEqual([
      { actionGroupId: expect.stringMatching(/\/actionGroups\//) as string },
    ]);
  }
});

it("mail goes to whom the deployment names", () => {
  expect(audit.the("Microsoft.Insights/actionGroups").properties["emailReceivers"]).toEqual([]);
  expect(everything.the("Microsoft.Insights/actionGroups").properties).toMatchObject({
    emailReceivers: [{ emailAddress: "on-call@contoso.example" }],
  });
});

describe("what is asked of telemetry", () => {
  it("are the files of infra/alerts, and any row is an alert", () => {
    const files = readdirSync(`${root}infra/alerts`).map((file) => file.replace(/\.kql$/, ""));
    expect(queryAlerts().map(nameOf).sort()).toEqual(files.sort());
    for (const alert of queryAlerts()) {
      const text = readFileSync(`${root}infra/alerts/${nameOf(alert)}.kql`, "utf8");
      expect(alert.properties["criteria"]).toMatchObject({
        allOf: [{ query: text, timeAggregation: "Count", operator: "GreaterThan", threshold: 0 }],
      });
    }
  });

  it("looks back no further than Azure lets it see", () => {
    const minutes: Readonly<Record<string, number>> = { PT15M: 15, PT30M: 30, P2D: 2 * 24 * 60 };
    for (const alert of queryAlerts()) {
      const text = readFileSync(`${root}infra/alerts/${nameOf(alert)}.kql`, "utf8");
      const [, count = "", unit] = /ago\((\d+)([mh])\)/.exec(text) ?? [];
      const window = minutes[String(alert.properties["windowSize"])] ?? 0;
      expect(Number(count) * (unit === "h" ? 60 : 1), alert.name).toBeLessThanOrEqual(window);
    }
  });
});

it("the probe asks the one thing that needs no key and tells whether the app keeps up", () => {
  const { properties } = audit.the("Microsoft.Insights/webtests");
  expect(properties["Request"]).toMatchObject({
    RequestUrl: expect.stringContaining("/api/health/ready") as string,
    HttpVerb: "GET",
  });
  expect(properties["ValidationRules"]).toMatchObject({ ExpectedHttpStatusCode: 200, SSLCheck: true });
});

it("lost events are counted of the app's own event subscription", () => {
  const metrics = onboarded.ofType(METRICS);
  const [first] = metrics.map(({ properties }) => (properties["criteria"] as { allOf: readonly object[] }).allOf[0]);
  expect(first).toMatchObject({
    dimensions: [{ name: "EventSubscriptionName", operator: "Include", values: [app.name] }],
  });
});

it("without the probe nobody is told that it fails", async () => {
  const deployment = await evaluate("modules/alerts.bicep", {
    location: "westeurope",
    appName: app.name,
    appUrl: "https://app.example",
    componentId: "/subscriptions/a/resourceGroups/b/providers/Microsoft.Insights/components/c",
    emails: [],
    isProbed: false,
    tags: {},
  });
  expect([...deployment.ofType("Microsoft.Insights/webtests"), ...deployment.ofType(METRICS)]).toEqual([]);
});
