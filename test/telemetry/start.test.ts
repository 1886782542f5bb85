import { AggregationTemporality, InMemoryMetricExporter, type MetricData } from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter } from "@opentelemetry/sdk-trace-base";
import { describe, expect, it } from "vitest";
import { Sending } from "../../src/telemetry/sending.ts";
import { counters, gauges } from "../../src/telemetry/instruments.ts";
import { telemetryTo } from "../../src/telemetry/start.ts";
import { silent, type Telemetry, type Watched } from "../../src/telemetry/telemetry.ts";

const hour = 3_600_000;
const traceId = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

function told(temporality = AggregationTemporality.CUMULATIVE) {
  const spans = new InMemorySpanExporter();
  const metrics = new InMemoryMetricExporter(temporality);
  const exporters = { spans, metrics };
  // What an exporter was told is forgotten when it ends.
  spans.shutdown = () => Promise.resolve();
  metrics.shutdown = () => Promise.resolve();
  const telemetry = telemetryTo([exporters], { intervalMs: hour });
  const latest = (name: string): MetricData["dataPoints"] | undefined => {
    const { scopeMetrics = [] } = metrics.getMetrics().at(-1) ?? {};
    return scopeMetrics.flatMap((scope) => scope.metrics).find(({ descriptor }) => descriptor.name === name)
      ?.dataPoints;
  };
  return { telemetry, exporters, latest };
}

const watched = (reads: string[] = []): Watched => ({
  counts: () => {
    reads.push("counts");
    return Promise.resolve(new Map([["waiting:HubNotReady", 2]]));
  },
  freshness: () => {
    reads.push("freshness");
    return Promise.resolve({ lastSweepAt: Date.now() - hour });
  },
});

describe("what is told when the process ends", () => {
  it("is all that there is, gauges and zeros included", async () => {
    const { telemetry, latest, exporters } = told();
    telemetry.watch(watched());
    await telemetry.span({ name: "requests" }, () => Promise.resolve());
    telemetry.count("reconciles", { outcome: "blocked" });
    await telemetry.close();
    expect(exporters.spans.getFinishedSpans().map(({ name }) => name)).toEqual(["requests"]);
    for (const { name, zeros } of Object.values(counters)) expect(latest(name)).toHaveLength(zeros.length);
    for (const { name } of Object.values(gauges)) expect(latest(name)?.length, name).toBeGreaterThan(0);
    const reconciles = latest(counters.reconciles.name)?.map(({ attributes, value }) => [attributes["outcome"], value]);
    expect(reconciles).toContainEqual(["blocked", 1]);
    expect(reconciles).toContainEqual(["compliant", 0]);
    const waiting = latest(gauges.waiting.name)?.filter(({ value }) => value !== 0);
    expect(waiting).toEqual([expect.objectContaining({ value: 2, attributes: { reason: "HubNotReady" } })]);
  });

  it("leaves out gauges that could not be read, which are not 0", async () => {
    const { telemetry, latest } = told();
    telemetry.watch({ ...watched(), counts: () => Promise.reject(new Error("Storage is away.")) });
    await telemetry.close();
    expect(latest(gauges.workspaces.name) ?? []).toEqual([]);
    expect(latest(gauges.sweepAge.name) ?? []).toEqual([]);
    expect(latest(counters.reconciles.name)).not.toEqual([]);
  });
});

it("zeros are told in each export, also to who is only told what was counted since the last", async () => {
  const exporters = [told(AggregationTemporality.DELTA).exporters.metrics];
  const [metrics] = exporters;
  if (metrics === undefined) throw new Error();
  const telemetry = telemetryTo([{ spans: new InMemorySpanExporter(), metrics }], { intervalMs: 1 });
  telemetry.count("sweeps", { result: "failed" });
  const exported = () => metrics.getMetrics().map(({ scopeMetrics }) => scopeMetrics.flatMap((one) => one.metrics));
  while (exported().length < 3) await new Promise(setImmediate);
  const sweeps = exported().map((all) => all.find(({ descriptor }) => descriptor.name === counters.sweeps.name));
  for (const one of sweeps) expect(one?.dataPoints).toHaveLength(2);
  expect(sweeps[0]?.dataPoints.map(({ value }) => value)).toEqual([0, 1]);
  expect(sweeps[2]?.dataPoints.map(({ value }) => value)).toEqual([0, 0]);
  await telemetry.close();
});

it("what gauges read is read once in an interval, however many are told", async () => {
  const [one, other] = [told().exporters, told().exporters];
  const telemetry = telemetryTo([one, other], { intervalMs: hour });
  const reads: string[] = [];
  telemetry.watch(watched(reads));
  await telemetry.close();
  expect(one.metrics.getMetrics()).toHaveLength(1);
  expect(other.metrics.getMetrics()).toHaveLength(1);
  expect(reads).toEqual(["counts", "freshness"]);
});

describe("the workspace that waits longest", () => {
  const oldest = async (tell: (telemetry: Telemetry) => void): Promise<unknown> => {
    const { telemetry, latest } = told();
    tell(telemetry);
    await telemetry.close();
    return latest(gauges.oldestWait.name)?.[0]?.value;
  };

  it("is told by how long it waits, until it waits no more", async () => {
    const now = Date.now();
    const tell = (telemetry: Telemetry): void => {
      telemetry.waits("/A", { since: now - 2 * hour, until: now + hour });
      telemetry.waits("/b", { since: now - hour, until: now + hour });
    };
    expect(await oldest(tell)).toBeGreaterThanOrEqual(7_200);
    const over = await oldest((telemetry) => {
      tell(telemetry);
      telemetry.waits("/a", undefined);
    });
    expect(over).toBeGreaterThanOrEqual(3_600);
    expect(over).toBeLessThan(7_200);
  });

  it("is forgotten where another process must have looked at it meanwhile", async () => {
    const longAgo = Date.now() - 2 * hour;
    const tell = (telemetry: Telemetry): void => {
      telemetry.waits("/a", { since: longAgo, until: longAgo + 60_000 });
    };
    expect(await oldest(tell)).toBe(0);
  });
});

describe("a span", () => {
  it("continues the trace that it is given, and those in it lie below it", async () => {
    const { telemetry, exporters } = told();
    await telemetry.span({ name: "outer", continues: { traceparent, tracestate: "vendor=1" } }, async () => {
      const within = telemetry.traceparent();
      await telemetry.span({ name: "inner", askedBy: within }, () => Promise.resolve());
    });
    expect(telemetry.traceparent()).toBeUndefined();
    await telemetry.close();
    const [inner, outer] = exporters.spans.getFinishedSpans();
    expect(outer?.parentSpanContext).toMatchObject({ traceId, spanId: "b7ad6b7169203331" });
    expect(outer?.spanContext().traceState?.serialize()).toBe("vendor=1");
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(inner?.links[0]?.context.spanId).toBe(outer?.spanContext().spanId);
  });

  it("is not told where the trace that it continues is not", async () => {
    const { telemetry, exporters } = told();
    const unsampled = { traceparent: `${traceparent.slice(0, -2)}00`, tracestate: undefined };
    await telemetry.span({ name: "outer", continues: unsampled }, () =>
      telemetry.span({ name: "inner" }, () => Promise.resolve()),
    );
    await telemetry.close();
    expect(exporters.spans.getFinishedSpans()).toEqual([]);
  });

  it("begins a trace where what it is to continue, or to be linked to, is malformed", async () => {
    const { telemetry, exporters } = told();
    const continues = { traceparent: "00-x", tracestate: "," };
    await telemetry.span({ name: "root", continues, askedBy: "?" }, () => Promise.resolve());
    await telemetry.close();
    const [root] = exporters.spans.getFinishedSpans();
    expect([root?.parentSpanContext, root?.links]).toEqual([undefined, []]);
  });

  it("tells of an error no more than its type", async () => {
    const { telemetry, exporters } = told();
    const failing = telemetry.span({ name: "failing" }, () => Promise.reject(new TypeError("with a s3cret")));
    await expect(failing).rejects.toThrow("s3cret");
    await telemetry.close();
    const [span] = exporters.spans.getFinishedSpans();
    expect(span?.attributes).toEqual({ "error.type": "TypeError" });
    expect([span?.status, span?.events]).toEqual([{ code: 2 }, []]);
  });
});

describe("sending", () => {
  it("is one request at a time, and the next carries all that came meanwhile", async () => {
    const ends: (() => void)[] = [];
    const sending = new Sending(() => new Promise((resolve) => ends.push(resolve)));
    const first = sending.all();
    const others = [sending.all(), sending.all(), sending.all()];
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await first;
    while (ends.length < 2) await Promise.resolve();
    ends[1]?.();
    await Promise.all(others);
    expect(ends).toHaveLength(2);
  });

  it("that fails is over, and the next may go well", async () => {
    let times = 0;
    const sending = new Sending(() => ((times += 1), Promise.reject(new Error("refused"))));
    await sending.all();
    await sending.all();
    expect(times).toBe(2);
  });
});

it("by default nothing is told, and the work is done", async () => {
  const done = await silent.span({ name: "any" }, (span) => {
    span.set({ any: 1 });
    return Promise.resolve("done");
  });
  expect([done, silent.traceparent(), silent.isOn]).toEqual(["done", undefined, false]);
});
