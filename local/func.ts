/** `npm start`: runs the app under Azure Functions Core Tools, where they are installed. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { hasCoreTools } from "./core-tools.ts";
import { appRoot } from "./stack.ts";

if (!hasCoreTools()) {
  console.error(
    "Azure Functions Core Tools (the command func) are not installed here. Either install them\n" +
      "(https://learn.microsoft.com/azure/azure-functions/functions-run-local), or use our own stand-in for the host:\n" +
      "  npm run local",
  );
  process.exit(1);
}
if (!existsSync(`${appRoot}/local.settings.json`)) {
  console.error(
    "There is no local.settings.json. Copy local.settings.json.example to local.settings.json and put your subscription and registry in.",
  );
  process.exit(1);
}
spawn("func", ["start", ...process.argv.slice(2)], { cwd: appRoot, stdio: "inherit" }).on("exit", (code) => {
  process.exitCode = code ?? 1;
});
