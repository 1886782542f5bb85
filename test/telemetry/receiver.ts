/** A receiver of OTLP over HTTP: opentelemetry-proto, collector/trace/v1 and collector/metrics/v1, decoded as far as tests look. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { Message } from "./protobuf.ts";

export type Labels = Readonly<Record<string, unknown>>;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: "internal" | "client" | "other";
  readonly attributes: Labels;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly isError: boolean;
}

export interface ReceivedPoint {
  readonly unit: string;
  readonly attributes: Labels;
  /** Of a histogram, how many were counted. */
  readonly value: number;
}

export interface Receiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** By the name of the metric, as the latest export told. */
  readonly metrics: ReadonlyMap<string, readonly ReceivedPoint[]>;
  /** What resources said of themselves. */
  readonly resources: readonly Labels[];
  /** Everything that was sent: headers and bodies, in which ASCII can be found. */
  readonly raw: readonly string[];
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const spans: ReceivedSpan[] = [];
  const metrics = new Map<string, readonly ReceivedPoint[]>();
  const resources: Labels[] = [];
  const raw: string[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      raw.push(JSON.stringify(request.headers), body.toString("latin1"));
      for (const each of new Message(body).messages(1)) {
        resources.push(labelsIn(each.message(1)?.messages(1)));
        const items = each.messages(2).flatMap((scope) => scope.messages(2));
        if (request.url === "/v1/traces") spans.push(...items.map(spanIn));
        else for (const item of items) metrics.set(item.text(1), pointsIn(item));
      }
      response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    metrics,
    resources,
    raw,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function spanIn(span: Message): ReceivedSpan {
  return {
    traceId: span.hex(1),
    spanId: span.hex(2),
    parentSpanId: span.hex(4),
    name: span.text(5),
    kind: span.integer(6) === 1 ? "internal" : span.integer(6) === 3 ? "client" : "other",
    attributes: labelsIn(span.messages(9)),
    links: span.messages(13).map((link) => ({ traceId: link.hex(1), spanId: link.hex(2) })),
    isError: span.message(15)?.integer(3) === 2,
  };
}

function pointsIn(metric: Message): ReceivedPoint[] {
  const unit = metric.text(3);
  const numbers = [...metric.messages(5), ...metric.messages(7)].flatMap((data) => data.messages(1));
  const histograms = metric.messages(9).flatMap((data) => data.messages(1));
  return [
    ...numbers.map((point) => ({
      unit,
      attributes: labelsIn(point.messages(7)),
      value: point.double(4) ?? point.integer(6) ?? NaN,
    })),
    ...histograms.map((point) => ({ unit, attributes: labelsIn(point.messages(9)), value: point.integer(4) ?? NaN })),
  ];
}

function labelsIn(pairs: readonly Message[] = []): Labels {
  return Object.fromEntries(pairs.map((pair) => [pair.text(1), valueIn(pair.message(2))]));
}

function valueIn(value: Message | undefined): unknown {
  if (value?.bytes(1) !== undefined) return value.text(1);
  if (value?.bytes(4) !== undefined) return value.double(4);
  const array = value?.message(5);
  if (array !== undefined) return array.messages(1).map(valueIn);
  return value?.integer(3) ?? value?.integer(2);
}
