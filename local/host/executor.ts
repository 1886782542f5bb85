import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { App, RegisteredFunction } from "./app.ts";
import { invoke } from "./invoke.ts";
import type { Log } from "./log.ts";
import type { OutputWriter } from "./outputs.ts";
import type { InvocationResponse, TypedData } from "./rpc.ts";

export interface Call {
  /** Why the function runs, for the log. */
  readonly reason: string;
  /** Value of the trigger binding. */
  readonly data: TypedData;
  readonly metadata: Readonly<Record<string, TypedData>>;
}

export type FunctionResult =
  | { readonly succeeded: true; readonly response: InvocationResponse }
  | { readonly succeeded: false; readonly message: string };

export interface Executor {
  /**
   * Runs one function to its end, outputs included. Never rejects: a failure is logged and becomes a result, whose
   * message is the WebJobs SDK's own and does not contain what the function threw.
   */
  execute(target: RegisteredFunction, call: Call): Promise<FunctionResult>;
  /** Resolves when nothing runs any more. */
  idle(): Promise<void>;
}

export interface ExecutorOptions {
  readonly app: App;
  readonly log: Log;
  readonly writeOutputs: OutputWriter;
  /** Undefined: no limit. The real host then replaces the whole worker; here only the invocation fails. */
  readonly timeoutMilliseconds: number | undefined;
}

export function createExecutor({ app, log, writeOutputs, timeoutMilliseconds }: ExecutorOptions): Executor {
  const running = new Set<Promise<FunctionResult>>();

  async function run(target: RegisteredFunction, { reason, data, metadata }: Call): Promise<FunctionResult> {
    const { name, functionId = name } = target.metadata;
    const invocationId = randomUUID();
    const started = performance.now();
    const say = (level: "information" | "error", message: string): void => {
      log({ level, category: `Function.${name}`, functionName: name, invocationId, message });
    };
    say("information", `Executing 'Functions.${name}' (Reason='${reason}', Id=${invocationId})`);
    const request = {
      invocationId,
      functionId,
      inputData: [{ name: triggerName(target), data }],
      triggerMetadata: metadata,
      traceContext: { traceParent: newTraceParent(), traceState: "", attributes: {} },
      retryContext: null,
    };
    const ended = (how: string): string => {
      const duration = Math.round(performance.now() - started);
      return `Executed 'Functions.${name}' (${how}, Id=${invocationId}, Duration=${duration}ms)`;
    };
    try {
      const work = invoke(app, target, request, log);
      const response = await (timeoutMilliseconds === undefined ? work : within(timeoutMilliseconds, name, work));
      await writeOutputs(target.metadata, response);
      say("information", ended("Succeeded"));
      return { succeeded: true, response };
    } catch (error) {
      say("error", `${ended("Failed")}\n${describe(error)}`);
      // Host/Executors/FunctionExecutor.cs: this, not the function's own message, is what extensions get to see.
      return { succeeded: false, message: `Exception while executing function: Functions.${name}` };
    }
  }

  return {
    execute: async (target, call) => {
      const work = run(target, call);
      running.add(work);
      try {
        return await work;
      } finally {
        running.delete(work);
      }
    },
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/** The name of the one trigger binding; the library makes sure that there is one. */
export function triggerName(target: RegisteredFunction): string {
  const entry = Object.entries(target.metadata.bindings).find(([, { type }]) => /trigger$/i.test(type));
  if (entry === undefined) throw new Error(`Function "${target.metadata.name}" has no trigger.`);
  return entry[0];
}

async function within<T>(milliseconds: number, name: string, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const timeout = delay(milliseconds, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`Timeout value of ${milliseconds} ms exceeded by function: Functions.${name}`);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    timer.abort();
    timeout.catch(() => undefined);
  }
}

/** Of a trace that is recorded, as they all are with `telemetryMode` OpenTelemetry in host.json. */
function newTraceParent(): string {
  return `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
