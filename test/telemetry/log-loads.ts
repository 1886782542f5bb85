/** Preloaded into a host: writes the URL of each module that it loads into the file that `LOADED_FILES` names. */
import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";

const file = process.env["LOADED_FILES"] ?? "";
registerHooks({
  load: (url, context, next) => {
    appendFileSync(file, `${url}\n`);
    return next(url, context);
  },
});
