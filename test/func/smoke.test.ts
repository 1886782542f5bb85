import { rm } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { routedOperations } from "../../src/functions/event-routing.ts";
import { startAzurite } from "../../local/azurite.ts";
import { hasCoreTools, startCoreTools } from "../../local/core-tools.ts";
import { whereabouts } from "../../local/stack.ts";
import { startAzureFor, stoppedAtTheEnd } from "../e2e/app.ts";
import { enforcing, platform, subscriptionId } from "../e2e/cast.ts";
import { smoke, type Smoked } from "../e2e/smoke.suite.ts";
import { unpacked } from "../package/unpacked.ts";

if (hasCoreTools()) {
  const keep = stoppedAtTheEnd();
  let running: Smoked | undefined;

  beforeAll(async () => {
    const appRoot = unpacked();
    keep({ close: () => rm(appRoot, { recursive: true }) });
    const azurite = keep(await startAzurite());
    const fixture = { subscriptions: [{ subscriptionId }], resources: platform };
    const azure = keep(await startAzureFor(enforcing, { fixture }));
    const settings = { ...whereabouts(azure, azurite.connectionString), ...enforcing };
    const host = keep(await startCoreTools({ appRoot, settings }));
    const endpoint = host.eventGridUrl("events");
    await azure.subscribe({ name: "app", endpoint, schema: "EventGridSchema", operations: routedOperations });
    running = { azure, host };
  });

  describe("the archive under Azure Functions Core Tools", () => {
    smoke(() => {
      if (running === undefined) throw new Error("Core Tools are used before they have started.");
      return running;
    });
  });
} else {
  const reason = "no Azure Functions Core Tools: put the command func on the PATH";
  if (process.env["CI"] === undefined) {
    console.warn(`The archive is not tested under the real host: ${reason}.`); // reporters tell of what is skipped, not why
    it.skip("the archive runs under Azure Functions Core Tools", () => undefined);
  } else
    it("the archive runs under Azure Functions Core Tools", () => {
      expect.fail(reason);
    });
}
