/** One function of each kind, each telling in its log what it was given: `seen {…}`. */
const { app, output } = require("@azure/functions");
const { setTimeout: sleep } = require("node:timers/promises");

const tell = (context, seen) => context.log(`seen ${JSON.stringify(seen)}`);

app.hook.preInvocation(({ invocationContext, inputs }) => {
  if (invocationContext.functionName === "hooked") inputs[0] = "replaced by a hook";
});
app.hook.appTerminate(() => console.log("appTerminate hook ran"));

const text = (body) => ({ body });

app.http("echo", {
  methods: ["GET", "POST"],
  authLevel: "anonymous",
  route: "echo/{name}/{tail?}",
  handler: async (request, context) => {
    const body = await request.text();
    const seen = {
      method: request.method,
      url: request.url.replace(/^http:\/\/[^/]+/, ""),
      params: request.params,
      query: Object.fromEntries(request.query),
      twice: request.headers.get("x-twice"),
      body,
    };
    tell(context, { ...seen, triggerMetadata: context.triggerMetadata ?? null, retry: context.retryContext ?? null });
    return {
      status: Number(request.query.get("status") ?? 200),
      headers: { "x-answer": "yes" },
      cookies: [{ name: "crumb", value: "a b", path: "/", httpOnly: true, sameSite: "Lax", maxAge: 60 }],
      jsonBody: seen,
    };
  },
});
app.http("literal", { authLevel: "anonymous", route: "echo/fixed/tail", handler: () => text("literal") });
app.http("files", { authLevel: "anonymous", route: "files/{*path}", handler: ({ params }) => ({ jsonBody: params }) });
app.http("heads", {
  methods: ["HEAD"],
  authLevel: "anonymous",
  handler: () => ({ headers: { "x-head": "1" }, ...text("unseen") }),
});
app.http("unrouted", { authLevel: "anonymous", handler: () => text("unrouted") });
app.http("guarded", { authLevel: "function", handler: () => text("in") });
app.http("admins", { authLevel: "admin", handler: () => text("in") });
app.http("disabled", { authLevel: "anonymous", handler: () => text("in") });
app.http("nothing", { authLevel: "anonymous", handler: () => undefined });
app.http("hooked", { authLevel: "anonymous", handler: (input) => text(input) });
app.http("fails", {
  authLevel: "anonymous",
  handler: () => {
    throw new Error("a secret detail");
  },
});
app.http("text-instead", { authLevel: "anonymous", handler: () => "no response object" });
app.http("env", { authLevel: "anonymous", handler: () => ({ jsonBody: Object.keys(process.env).sort() }) });
app.http("prints", {
  authLevel: "anonymous",
  handler: () => {
    console.log("printed");
    console.error("printed loudly");
  },
});
app.http("crashes", {
  authLevel: "anonymous",
  handler: () => {
    void Promise.reject(new Error("nobody waits for me"));
  },
});
app.http("hangs", { authLevel: "anonymous", handler: () => new Promise(() => undefined) });

const outQueue = output.storageQueue({ queueName: "%OUT_QUEUE%", connection: "AzureWebJobsStorage" });
app.http("enqueue", {
  methods: ["POST"],
  authLevel: "anonymous",
  extraOutputs: [outQueue],
  handler: async (request, context) => {
    context.extraOutputs.set(outQueue, await request.json());
  },
});

let running = 0;
app.storageQueue("work", {
  queueName: "%WORK_QUEUE%",
  connection: "AzureWebJobsStorage",
  handler: async (message, context) => {
    running += 1;
    tell(context, { message, type: typeof message, running, metadata: context.triggerMetadata });
    try {
      if (message.fail) throw new Error("as the message wanted");
      if (message.slow) await sleep(message.slow);
      if (message.hang && context.triggerMetadata.dequeueCount === 1) await new Promise(() => undefined);
    } finally {
      running -= 1;
    }
  },
});
app.storageQueue("returns", {
  queueName: "%RETURN_QUEUE%",
  connection: "Storage",
  return: outQueue,
  handler: (message) => ({ returned: message }),
});

app.eventGrid("events", {
  handler: async (event, context) => {
    tell(context, { event, metadata: context.triggerMetadata });
    if (event.data?.meet) await meet(event.data.meet);
    if (event.data?.fail) throw new Error("a secret detail of an event");
  },
});

/** Resolves only when `count` invocations wait here at the same time. */
let arrived = [];
function meet(count) {
  return new Promise((resolve) => {
    arrived.push(resolve);
    if (arrived.length < count) return;
    for (const go of arrived) go();
    arrived = [];
  });
}

app.timer("tick", {
  schedule: "%SCHEDULE%",
  runOnStartup: process.env.RUN_ON_STARTUP === "true",
  handler: (timer, context) => tell(context, { timer, metadata: context.triggerMetadata ?? null }),
});
