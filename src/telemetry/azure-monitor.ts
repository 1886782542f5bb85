/** Application Insights: a part of the bundle, loaded where `APPLICATIONINSIGHTS_CONNECTION_STRING` is set. */
import type { TokenCredential } from "@azure/core-auth";
import { AzureMonitorMetricExporter, AzureMonitorTraceExporter } from "@azure/monitor-opentelemetry-exporter";
import type { Exporters } from "./exporters.ts";

/** @param credential where Application Insights lets in identities only */
export function azureMonitorExporters(connectionString: string, credential: TokenCredential | undefined): Exporters {
  // What cannot be sent is dropped, not left lying on the disk of an instance that may never come back.
  const options = {
    connectionString,
    disableOfflineStorage: true,
    ...(credential === undefined ? {} : { credential }),
  };
  return { spans: new AzureMonitorTraceExporter(options), metrics: new AzureMonitorMetricExporter(options) };
}
