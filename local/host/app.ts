/** The app inside the worker: what it registered while its entry point was loading. */
import type { FunctionCallback, FunctionMetadata, ProgrammingModel } from "./rpc.ts";

export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

export type HookName = "preInvocation" | "postInvocation" | "appStart" | "appTerminate";
export type Hook = (context: unknown) => unknown;

export interface App {
  readonly functions: Map<string, RegisteredFunction>;
  readonly hooks: Readonly<Record<HookName, Hook[]>>;
  /** Shared by all hooks of the app. */
  readonly appHookData: Record<string, unknown>;
  /** Seen by appStart and appTerminate only. */
  readonly appLevelHookData: Record<string, unknown>;
  programmingModel: ProgrammingModel | undefined;
  /** Set once the entry point is loaded: from then on nothing registers any more. */
  locked: boolean;
}

export function createApp(): App {
  return {
    functions: new Map(),
    hooks: { preInvocation: [], postInvocation: [], appStart: [], appTerminate: [] },
    appHookData: {},
    appLevelHookData: {},
    programmingModel: undefined,
    locked: false,
  };
}

/** Hooks run one after the other, in the order of their registration; the first that throws ends the row. */
export async function runHooks(app: App, name: HookName, context: unknown): Promise<void> {
  for (const hook of app.hooks[name]) await hook(context);
}
