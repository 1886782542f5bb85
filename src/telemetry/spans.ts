import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Attributes as Labels,
  type Context,
  createTraceState,
  type Link,
  ROOT_CONTEXT,
  type Span as OtelSpan,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from "@opentelemetry/api";
import type { Attributes, Span, SpanStart, Telemetry } from "./telemetry.ts";
import { formatTraceparent, parseTraceparent } from "./traceparent.ts";

const kinds = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT } as const;

/** Spans below each other. Which is under way is kept here and nowhere global: no library finds a tracer, and adds its own. */
export class Spans implements Pick<Telemetry, "span" | "traceparent"> {
  readonly #tracer: Tracer;
  readonly #current = new AsyncLocalStorage<Context>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  async span<Answer>(start: SpanStart, work: (span: Span) => Promise<Answer>): Promise<Answer> {
    const { name, kind = "internal", attributes = {}, continues, askedBy } = start;
    const parent = continues === undefined ? (this.#current.getStore() ?? ROOT_CONTEXT) : continuing(continues);
    const options = { kind: kinds[kind], attributes: labelsOf(attributes), links: linksTo(askedBy) };
    const span = this.#tracer.startSpan(name, options, parent);
    return this.#current.run(trace.setSpan(parent, span), async () => {
      try {
        return await work(portOf(span));
      } catch (error) {
        fail(span, error instanceof Error ? error.name : typeof error);
        throw error;
      } finally {
        span.end();
      }
    });
  }

  traceparent(): string | undefined {
    const current = this.#current.getStore();
    const about = current === undefined ? undefined : trace.getSpanContext(current);
    if (about === undefined) return undefined;
    const { traceId, spanId, traceFlags } = about;
    return formatTraceparent({ traceId, spanId, isSampled: (traceFlags & TraceFlags.SAMPLED) !== 0 });
  }
}

/** Only the type of an error is told: its message may quote anything. */
function fail(span: OtelSpan, type: string): void {
  span.setAttribute("error.type", type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function portOf(span: OtelSpan): Span {
  return {
    set: (attributes) => span.setAttributes(labelsOf(attributes)),
    rename: (name) => span.updateName(name),
    fail: (type) => {
      fail(span, type);
    },
  };
}

function linksTo(askedBy: string | undefined): Link[] {
  const from = parseTraceparent(askedBy);
  if (from === undefined) return [];
  const { traceId, spanId, isSampled } = from;
  return [{ context: { traceId, spanId, traceFlags: flagsOf(isSampled), isRemote: true } }];
}

function continuing({ traceparent, tracestate }: NonNullable<SpanStart["continues"]>): Context {
  const from = parseTraceparent(traceparent);
  if (from === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, isSampled } = from;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: flagsOf(isSampled),
    isRemote: true,
    ...(tracestate ? { traceState: createTraceState(tracestate) } : {}),
  });
}

function flagsOf(isSampled: boolean): TraceFlags {
  return isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
}

/** @returns those that say something */
export function labelsOf(attributes: Attributes): Labels {
  const said = Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
  return Object.fromEntries(said) as Labels;
}
