/**
 * `@azure/functions-core` is no npm package: the Node language worker supplies it by intercepting `require`
 * (Azure/azure-functions-nodejs-worker, src/setupCoreModule.ts). Without it `@azure/functions` registers nothing.
 */
import Module from "node:module";
import type { App, Hook, HookName } from "./app.ts";
import type { Log, LogLevel } from "./log.ts";
import type { FunctionCallback, FunctionMetadata, ProgrammingModel } from "./rpc.ts";

/** The versions libraries see; those of the worker and host whose behaviour is modelled. */
const workerVersion = "3.9.1";
const hostVersion = "4.1037.0";

/** From now on every CommonJS `require("@azure/functions-core")` in this process gets the core API of this app. */
export function provideCoreModule(app: App, log: Log): void {
  const coreApi = createCoreApi(app, log);
  // eslint-disable-next-line @typescript-eslint/unbound-method -- Reflect.apply passes `this` on
  Module.prototype.require = new Proxy(Module.prototype.require, {
    apply: (target, self, args: [string]): unknown =>
      args[0] === "@azure/functions-core" ? coreApi : Reflect.apply(target, self, args),
  });
}

function createCoreApi(app: App, log: Log): object {
  return {
    version: workerVersion,
    hostVersion,
    Disposable,
    log: (level: LogLevel, category: string, message: string): void => {
      log({ level, category: category === "user" ? "Worker.User" : "Worker", message });
    },
    setProgrammingModel: (model: ProgrammingModel): void => {
      app.programmingModel = model;
    },
    getProgrammingModel: (): ProgrammingModel | undefined => app.programmingModel,
    registerHook: (name: string, hook: Hook): Disposable => registerHook(app, name, hook),
    registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback): Disposable =>
      registerFunction(app, metadata, callback),
  };
}

function registerHook(app: App, name: string, hook: Hook): Disposable {
  if (!(name in app.hooks)) throw new RangeError(`Unrecognized hook "${name}"`);
  const hooks = app.hooks[name as HookName];
  hooks.push(hook);
  return new Disposable(() => {
    const index = hooks.indexOf(hook);
    if (index >= 0) hooks.splice(index, 1);
  });
}

function registerFunction(app: App, metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
  if (app.locked) throw new Error("A function can only be registered during app startup.");
  const functionId = metadata.functionId ?? metadata.name;
  if (app.functions.has(functionId)) {
    throw new Error(`A function with id "${functionId}" has already been registered.`);
  }
  app.functions.set(functionId, { metadata: { ...metadata, functionId }, callback });
  return new Disposable(() => {
    if (app.locked) throw new Error("A function can only be disposed during app startup.");
    app.functions.delete(functionId);
  });
}

class Disposable {
  #onDispose: (() => void) | undefined;

  static from(...disposables: readonly { dispose(): void }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose();
    });
  }

  constructor(onDispose: () => void) {
    this.#onDispose = onDispose;
  }

  /** Runs the given function the first time, nothing after that. */
  dispose(): void {
    const onDispose = this.#onDispose;
    this.#onDispose = undefined;
    onDispose?.();
  }
}
