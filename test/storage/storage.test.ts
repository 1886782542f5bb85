import { beforeAll } from "vitest";
import type { Azurite } from "../../local/azurite.ts";
import { openStorage } from "../../src/storage/connection.ts";
import { anyRowsSuite } from "./any-rows.suite.ts";
import { forgetGoneSuite } from "./forget-gone.suite.ts";
import { groupSubscriptionsSuite } from "./group-subscriptions.suite.ts";
import { historySuite } from "./history.suite.ts";
import { inboxSuite } from "./inbox.suite.ts";
import { leaseSuite } from "./lease.suite.ts";
import { malformedRowsSuite } from "./malformed-rows.suite.ts";
import { memorySuite } from "./memory.suite.ts";
import { fleetListSuite } from "./fleet-list.suite.ts";
import { fleetSuite } from "./fleet.suite.ts";
import { outcomeCountsSuite } from "./outcome-counts.suite.ts";
import { recordsSuite } from "./records.suite.ts";
import { requestQueueSuite } from "./request-queue.suite.ts";
import type { Setting } from "./setting.ts";
import { workspaceIndexSuite } from "./workspace-index.suite.ts";
import { storageAccount } from "../support/storage-account.ts";

// One Azurite for all suites: it takes seconds to start, and a test file is what a runner isolates.
let azurite: Azurite;
let setting: Setting;

beforeAll(async () => {
  azurite = await storageAccount();
  const { connectionString } = azurite;
  setting = { connectionString, storage: openStorage({ kind: "connectionString", connectionString }) };
  await setting.storage.ensure();
});

const given = (): Setting => setting;
leaseSuite(given);
memorySuite(given);
inboxSuite(given);
requestQueueSuite(given);
historySuite(given);
recordsSuite(given);
fleetSuite(given);
fleetListSuite(given);
outcomeCountsSuite(given);
groupSubscriptionsSuite(given);
workspaceIndexSuite(given);
forgetGoneSuite(given);
malformedRowsSuite(given);
anyRowsSuite(given);
