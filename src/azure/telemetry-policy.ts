import type { PipelinePolicy, PipelineRequest } from "@azure/core-rest-pipeline";
import type { Counter, Telemetry } from "../telemetry/telemetry.ts";
import { urlTemplate } from "./url-template.ts";

/**
 * Tells of each request that is sent, retries included, as the semantic conventions of OpenTelemetry for HTTP clients have it: a
 * span each, and a count. Of a URL only host and path are told, of headers nothing but the id by which Azure's support finds
 * the request, of bodies nothing. Belongs next to the network, behind what may hold a request back.
 */
export function telemetryPolicy(telemetry: Telemetry, counter: Counter & `${string}Calls`): PipelinePolicy {
  /** How often a request was sent already: a retry sends the same object. */
  const sent = new WeakMap<PipelineRequest, number>();
  return {
    name: "telemetry",
    sendRequest: async (request, next) => {
      if (!telemetry.isOn) return next(request);
      const { method } = request;
      const { hostname, pathname, port, protocol } = new URL(request.url);
      const resends = sent.get(request) ?? 0;
      sent.set(request, resends + 1);
      const template = urlTemplate(pathname);
      const attributes = {
        "http.request.method": method,
        "server.address": hostname,
        "server.port": port === "" ? (protocol === "http:" ? 80 : 443) : Number(port),
        "url.path": pathname,
        "url.template": template,
        "http.request.resend_count": resends === 0 ? undefined : resends,
      };
      return telemetry.span({ name: `${method} ${template}`, kind: "client", attributes }, async (span) => {
        let statusClass = "none";
        try {
          const response = await next(request);
          const { status, headers } = response;
          statusClass = `${Math.trunc(status / 100)}xx`;
          const requestId = headers.get("x-ms-request-id");
          span.set({ "http.response.status_code": status, "azure.service.request.id": requestId });
          if (status >= 400) span.fail(String(status));
          if (status === 429) telemetry.count("throttles", { by: "azure" });
          return response;
        } finally {
          telemetry.count(counter, { method, status_class: statusClass });
        }
      });
    },
  };
}
