/** OpenTelemetry's SDK: a part of the bundle, loaded by the first call where somebody is to be told. */
import { randomUUID } from "node:crypto";
import type { TokenCredential } from "@azure/core-auth";
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { Exporters } from "./exporters.ts";
import { FleetGauges } from "./gauges.ts";
import { createInstruments, up } from "./instruments.ts";
import { Sending, within } from "./sending.ts";
import type { TelemetrySettings } from "./settings.ts";
import { labelsOf, Spans } from "./spans.ts";
import type { Telemetry } from "./telemetry.ts";
import { WaitingAges } from "./waiting-ages.ts";

const scope = "azureml-acr-remediator";
/** How long an invocation waits for what it told to be sent, in milliseconds. */
const flushMs = 250;
/** How long the end of the process waits for it, in milliseconds: the platform grants it some seconds. */
const closeMs = 2_000;

/** @param credential for Application Insights, where that lets in identities only */
export async function startTelemetry(settings: TelemetrySettings, credential: TokenCredential): Promise<Telemetry> {
  return telemetryTo(await exportersOf(settings, credential), settings);
}

async function exportersOf(
  { otlp, azureMonitor }: TelemetrySettings,
  credential: TokenCredential,
): Promise<readonly Exporters[]> {
  const exporters: Exporters[] = [];
  if (otlp) {
    const { otlpExporters } = await import("./otlp.ts");
    exporters.push(otlpExporters());
  }
  if (azureMonitor !== undefined) {
    const { connectionString, withIdentity } = azureMonitor;
    const { azureMonitorExporters } = await import("./azure-monitor.ts");
    exporters.push(azureMonitorExporters(connectionString, withIdentity ? credential : undefined));
  }
  return exporters;
}

/** Tells these. Nothing of it is registered globally: what other libraries would tell is theirs. */
export function telemetryTo(
  exporters: readonly Exporters[],
  settings: Pick<TelemetrySettings, "intervalMs" | "site" | "instance">,
): Telemetry {
  const { intervalMs } = settings;
  const resource = resourceOf(settings);
  const traces = new BasicTracerProvider({
    resource,
    spanProcessors: exporters.map(({ spans }) => new BatchSpanProcessor(spans)),
  });
  const metrics = new MeterProvider({
    resource,
    readers: exporters.map(({ metrics: exporter }) => {
      return new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: intervalMs });
    }),
  });
  const meter = metrics.getMeter(scope);
  const spans = new Spans(traces.getTracer(scope));
  const ages = new WaitingAges();
  const instruments = createInstruments(meter);
  const fleet = new FleetGauges(meter, intervalMs, (now) => ages.oldest(now));
  let exportedAt = Date.now();
  meter.createObservableGauge(up.name, { unit: up.unit, description: up.description }).addCallback((result) => {
    exportedAt = Date.now();
    instruments.tellZeros();
    result.observe(1);
  });
  // Metrics are sent by a timer. An instance that stood still meanwhile has missed its turn, and makes up for it.
  const sending = new Sending(async () => {
    const isLate = Date.now() - exportedAt > 1.5 * intervalMs;
    await Promise.allSettled([traces.forceFlush(), ...(isLate ? [metrics.forceFlush()] : [])]);
  });
  return {
    isOn: true,
    span: (start, work) => spans.span(start, work),
    traceparent: () => spans.traceparent(),
    count: (counter, attributes) => {
      instruments.add(counter, labelsOf(attributes));
    },
    took: (seconds, attributes) => {
      instruments.duration.record(seconds, labelsOf(attributes));
    },
    waits: (workspaceId, waiting) => {
      ages.told(workspaceId, waiting);
    },
    watch: (watched) => {
      fleet.watch(watched);
    },
    flush: () => within(flushMs, sending.all()),
    close: () => within(closeMs, Promise.allSettled([traces.shutdown(), metrics.shutdown()])),
  };
}

/** What all that is told says of its origin; `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` have the last word. */
function resourceOf({ site = scope, instance }: Pick<TelemetrySettings, "site" | "instance">): Resource {
  const ours = resourceFromAttributes({
    "service.name": site,
    // Of each process: what counts up in one must not be taken for what counts up in another.
    "service.instance.id": randomUUID(),
    ...(instance === undefined ? {} : { "cloud.provider": "azure", "faas.instance": instance }),
  });
  return defaultResource()
    .merge(ours)
    .merge(detectResources({ detectors: [envDetector] }));
}
