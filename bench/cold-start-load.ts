/** A fresh process: loads the modules that it is given by path, one after the other, and prints how long that took. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { createApp } from "../local/host/app.ts";
import { provideCoreModule } from "../local/host/core-module.ts";

provideCoreModule(createApp(), () => undefined);

// What the worker itself has loaded before any app: it, gRPC and its own @azure/functions require these.
const byTheWorker = "crypto dns events fs http http2 module net os path stream tls url util zlib";
const require = createRequire(import.meta.url);
for (const name of byTheWorker.split(" ")) require(`node:${name}`);

const startedAt = performance.now();
for (const file of process.argv.slice(2)) await import(pathToFileURL(file).href);
console.log(performance.now() - startedAt);
