/** OTLP over HTTP, as protobuf: a part of the bundle, loaded where `OTEL_EXPORTER_OTLP_ENDPOINT` is set. */
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import type { Exporters } from "./exporters.ts";

/** They read `OTEL_EXPORTER_OTLP_…` themselves (OpenTelemetry Protocol Exporter). */
export function otlpExporters(): Exporters {
  return { spans: new OTLPTraceExporter(), metrics: new OTLPMetricExporter() };
}
