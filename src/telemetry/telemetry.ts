/** What the app tells of its work, as traces and metrics. By default nobody listens, and nothing is loaded for it. */

/** Said of a span or a count. Never a secret, a query string or a body. */
export type Attributes = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** What is counted; `instruments.ts` says how each is called, and with which attributes. */
export type Counter = "reconciles" | "drift" | "armCalls" | "registryCalls" | "throttles" | "sweeps";

/** A span that is to begin. */
export interface SpanStart {
  readonly name: string;
  /** `client`: it asks somebody else. Default `internal`. */
  readonly kind?: "internal" | "client";
  readonly attributes?: Attributes;
  /** The trace that it continues, where that is not the span under way: what W3C Trace Context calls `traceparent` and `tracestate`. */
  readonly continues?: { readonly traceparent: string | undefined; readonly tracestate: string | undefined };
  /** The `traceparent` of what asked for it earlier: they are linked. */
  readonly askedBy?: string | undefined;
}

/** A span under way. It ends with the work in it, and what that throws makes it an error. */
export interface Span {
  set(attributes: Attributes): void;
  rename(name: string): void;
  /** @param type in a word: a status, the name of an error */
  fail(type: string): void;
}

/** A workspace that waits. Times in ms since the epoch. */
export interface Waiting {
  readonly since: number;
  /** When it is looked at again. */
  readonly until: number;
}

/** What gauges read, at most once in each interval of exports. */
export interface Watched {
  /** How many workspaces there are of each outcome and reason, as `blocked:AuditMode`. */
  counts(): Promise<ReadonlyMap<string, number>>;
  /** When the last finished sweep began, and since when the oldest message waits to be taken, in ms since the epoch. */
  freshness(): Promise<{ readonly lastSweepAt: number; readonly oldestWaitingSince?: number }>;
}

/** Nothing of it ever fails or throws, whatever becomes of what is told. */
export interface Telemetry {
  /** Whether anybody listens. */
  readonly isOn: boolean;
  /** Why nobody does, though somebody was to. */
  readonly problem?: string;
  /** Does work in a span; the spans that begin meanwhile lie below it. @throws what the work throws */
  span<Answer>(start: SpanStart, work: (span: Span) => Promise<Answer>): Promise<Answer>;
  /** The span under way, for what it leads to later. */
  traceparent(): string | undefined;
  count(counter: Counter, attributes: Attributes): void;
  /** How long a reconcile took. */
  took(seconds: number, attributes: Attributes): void;
  /** Whether, and since when, a workspace waits after a look. */
  waits(workspaceId: string, waiting: Waiting | undefined): void;
  /** From now on gauges are read there. */
  watch(watched: Watched): void;
  /** Sends what has ended. Resolves when it is sent, and a little later at most. */
  flush(): Promise<void>;
  /** Sends all that there is to tell, within some seconds, and ends. */
  close(): Promise<void>;
}

const noSpan: Span = {
  set: () => undefined,
  rename: () => undefined,
  fail: () => undefined,
};

/** Tells nobody. */
export const silent: Telemetry = {
  isOn: false,
  span: (_start, work) => work(noSpan),
  traceparent: () => undefined,
  count: () => undefined,
  took: () => undefined,
  waits: () => undefined,
  watch: () => undefined,
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
