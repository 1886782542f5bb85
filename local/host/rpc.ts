/**
 * The shapes in which data travels between the Functions host and its language worker, as far as they are modelled.
 * Names follow FunctionRpc.proto of azure-functions-language-worker-protobuf, in the camel case the worker uses.
 */
import type { LogLevel } from "./log.ts";

/** One value; exactly one member is set (a protobuf `oneof`). An empty object is null. */
export interface TypedData {
  readonly string?: string | null;
  readonly json?: string | null;
  readonly bytes?: Uint8Array | null;
  readonly int?: number | null;
  readonly double?: number | null;
  readonly http?: RpcHttp | null;
}

export interface NullableValue<T> {
  readonly value?: T | null;
}

export interface RpcHttp {
  readonly method?: string;
  readonly url?: string;
  readonly statusCode?: string | null;
  readonly headers?: Readonly<Record<string, string>> | null;
  readonly nullableHeaders?: Readonly<Record<string, NullableValue<string>>>;
  readonly nullableParams?: Readonly<Record<string, NullableValue<string>>>;
  readonly nullableQuery?: Readonly<Record<string, NullableValue<string>>>;
  readonly body?: TypedData | null;
  readonly cookies?: readonly RpcCookie[] | null;
  readonly enableContentNegotiation?: boolean | null;
}

export interface RpcCookie {
  readonly name?: string | null;
  readonly value?: string | null;
  readonly domain?: NullableValue<string> | null;
  readonly path?: NullableValue<string> | null;
  readonly expires?: NullableValue<{ readonly seconds?: unknown }> | null;
  readonly secure?: NullableValue<boolean> | null;
  readonly httpOnly?: NullableValue<boolean> | null;
  readonly maxAge?: NullableValue<number> | null;
  readonly sameSite?: string | null;
}

export interface ParameterBinding {
  readonly name?: string | null;
  readonly data?: TypedData | null;
}

export interface InvocationRequest {
  readonly invocationId: string;
  readonly functionId: string;
  readonly inputData: readonly ParameterBinding[];
  readonly triggerMetadata: Readonly<Record<string, TypedData>>;
  readonly traceContext: {
    readonly traceParent: string;
    readonly traceState: string;
    readonly attributes: Readonly<Record<string, string>>;
  };
  readonly retryContext: null;
}

export interface InvocationResponse {
  readonly outputData?: readonly ParameterBinding[] | null;
  readonly returnValue?: TypedData | null;
}

/** A binding as the library registers it: its own options plus `type` and `direction`. */
export interface Binding {
  readonly type: string;
  readonly direction: "in" | "out" | "inout";
  readonly [option: string]: unknown;
}

export interface FunctionMetadata {
  readonly name: string;
  readonly functionId?: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: unknown;
}

export type FunctionCallback = (...args: unknown[]) => unknown;

export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly request: InvocationRequest;
  readonly metadata: FunctionMetadata;
  state?: "preInvocationHooks" | "invocation" | "postInvocationHooks" | undefined;
  log(level: LogLevel, category: string, message: string): void;
}

export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>;
}

export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(capabilities: Record<string, string>): Record<string, string> | Promise<Record<string, string>>;
}
