import type { InvocationContext } from "@azure/functions";
import type { Telemetry } from "./telemetry.ts";

/** How OpenTelemetry calls what triggers a function (Semantic conventions for FaaS, `faas.trigger`). */
const triggers: Readonly<Record<string, string>> = {
  httpTrigger: "http",
  queueTrigger: "pubsub",
  eventGridTrigger: "pubsub",
  timerTrigger: "timer",
};

/**
 * Does the work of a trigger in a span that continues the trace of its invocation. What was told is sent afterwards: whoever
 * waits for an answer over HTTP does not wait for that, the others do for a moment, as an instance may be stopped after them.
 */
export async function traced<Answer>(
  telemetry: Telemetry,
  context: InvocationContext,
  work: () => Promise<Answer>,
): Promise<Answer> {
  if (telemetry.problem !== undefined) context.warn(telemetry.problem);
  if (!telemetry.isOn) return work();
  const { functionName: name, invocationId, traceContext } = context;
  const trigger = triggers[context.options.trigger.type] ?? "other";
  const attributes = { "faas.name": name, "faas.trigger": trigger, "faas.invocation_id": invocationId };
  const continues = { traceparent: traceContext?.traceParent, tracestate: traceContext?.traceState };
  try {
    return await telemetry.span({ name, attributes, continues }, async (span) => {
      const answer = await work();
      const status = statusOf(answer);
      if (status !== undefined) span.set({ "http.response.status_code": status });
      if (status !== undefined && status >= 500) span.fail(String(status));
      return answer;
    });
  } finally {
    const sent = telemetry.flush();
    if (trigger !== "http") await sent;
  }
}

function statusOf(answer: unknown): number | undefined {
  if (typeof answer !== "object" || answer === null || !("status" in answer)) return undefined;
  return typeof answer.status === "number" ? answer.status : undefined;
}
