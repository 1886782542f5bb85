/** What runs in Azurite's own process. */
import Module, { createRequire, flushCompileCache } from "node:module";

// It ends with its parent, whose death closes the pipe.
process.stdin.resume().on("end", () => process.exit());

type RemoveBatch = (this: unknown, batch: readonly object[]) => void;

const require = createRequire(createRequire(import.meta.url).resolve("azurite/dist/src/azurite.js"));
const constants = require("./queue/utils/constants.js") as { DEFAULT_GC_INTERVAL_MS: number };
// Once a minute its queue service throws away what is left of deleted messages, each with a search through all of them, and
// answers nobody meanwhile: after some ten thousand messages for 20 s (Azurite 3.37). What is left is small, so it may stay.
constants.DEFAULT_GC_INTERVAL_MS = 86_400_000;

// Before each call for a message it removes those that have expired, which are none; and the removal of none has its store
// (lokijs 1.5) sort all of them anew, four times: among a thousand messages every call took several milliseconds.
const { Collection } = require("lokijs") as { Collection: { prototype: { removeBatch: RemoveBatch } } };
const { removeBatch } = Collection.prototype;
Collection.prototype.removeBatch = function (batch) {
  if (batch.length > 0) removeBatch.call(this, batch);
};

// Three quarters of the 3,800 modules that it loads are of packages that its flags leave without use: telemetry, which is
// off, and a SQL store, which is not asked for. Without them it is there in a third of the time.
const unused: Readonly<Record<string, object>> = { applicationinsights: {}, sequelize: { Model: Object } };
for (const [name, exports] of Object.entries(unused)) {
  const id = require.resolve(name);
  require.cache[id] = Object.assign(new Module(id), { exports, loaded: true });
}
require("./azurite.js");
flushCompileCache(); // its end is a kill, which leaves no time for that
