import { runHooks, type App, type RegisteredFunction } from "./app.ts";
import type { Log } from "./log.ts";
import type { CoreInvocationContext, InvocationRequest, InvocationResponse } from "./rpc.ts";

/**
 * One invocation as the worker runs it (src/eventHandlers/InvocationHandler.ts): arguments, preInvocation hooks, the
 * function, postInvocation hooks, response. Hooks may replace inputs, callback, result and error. Rejects with whatever
 * the function or a hook threw; a thrown null or undefined counts as success there, and so here.
 */
export async function invoke(
  app: App,
  { metadata, callback }: RegisteredFunction,
  request: InvocationRequest,
  log: Log,
): Promise<InvocationResponse> {
  const model = app.programmingModel;
  if (model === undefined) throw new Error("The app has set no programming model.");
  const { invocationId } = request;
  const coreContext: CoreInvocationContext = {
    invocationId,
    request,
    metadata,
    log: (level, category, message) => {
      const suffix = category === "user" ? ".User" : "";
      log({
        level,
        category: `Function.${metadata.name}${suffix}`,
        functionName: metadata.name,
        invocationId,
        message,
      });
    },
  };
  const invocation = await model.getInvocationModel(coreContext);
  const { context, inputs } = await invocation.getArguments();
  const shared = { hookData: {}, appHookData: app.appHookData, invocationContext: context };

  const before = { ...shared, functionCallback: callback, inputs };
  await during(coreContext, "preInvocationHooks", () => runHooks(app, "preInvocation", before));

  const after = { ...shared, inputs: before.inputs, result: null as unknown, error: null as unknown };
  await during(coreContext, "invocation", async () => {
    try {
      after.result = await invocation.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (error) {
      after.error = error;
    }
  });
  await during(coreContext, "postInvocationHooks", () => runHooks(app, "postInvocation", after));

  // eslint-disable-next-line @typescript-eslint/only-throw-error -- whatever the function threw, passed on unchanged
  if (after.error !== null && after.error !== undefined) throw after.error;
  return invocation.getResponse(context, after.result);
}

async function during(
  context: CoreInvocationContext,
  state: NonNullable<CoreInvocationContext["state"]>,
  work: () => Promise<void>,
): Promise<void> {
  context.state = state;
  try {
    await work();
  } finally {
    context.state = undefined;
  }
}
