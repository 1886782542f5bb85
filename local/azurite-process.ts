/** What runs in Azurite's own process. */
import { createRequire } from "node:module";

// It ends with its parent, whose death closes the pipe.
process.stdin.resume().on("end", () => process.exit());

const require = createRequire(import.meta.url);
const constants = require("azurite/dist/src/queue/utils/constants.js") as { DEFAULT_GC_INTERVAL_MS: number };
// Once a minute its queue service throws away what is left of deleted messages, each with a search through all of them, and
// answers nobody meanwhile: after some ten thousand messages for 20 s (Azurite 3.37). What is left is small, so it may stay.
constants.DEFAULT_GC_INTERVAL_MS = 86_400_000;
require("azurite/dist/src/azurite.js");
