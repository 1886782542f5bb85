import { settingsView } from "../../api/service.ts";
import { ConfigError, loadConfig } from "../../config.ts";
import { settingsOf } from "../../settings.ts";
import type { Context } from "../context.ts";
import type { Verdict } from "../exit-code.ts";
import { shownText } from "../show.ts";

/** Shows the effective settings, where each comes from, and what is wrong with them. */
export async function config(context: Context): Promise<Verdict> {
  const { terminal, app, environment } = context;
  const settings =
    app === undefined ? settingsOf(environment) : (await app.ask("GET", "settings", settingsView)).answer.settings;
  const problems = app === undefined ? problemsIn(environment) : [];
  if (terminal.json) terminal.printJson({ settings, problems });
  else {
    terminal.table(
      ["setting", "from", "value"],
      settings.map(({ name, value, from }) => [
        name,
        from,
        value === undefined ? (from === "setting" ? "(not shown)" : "") : shownText(value),
      ]),
    );
    for (const problem of problems) terminal.print(`${terminal.paint("red", "✗")} ${shownText(problem)}`);
  }
  return problems.length === 0 ? "compliant" : "error";
}

function problemsIn(environment: Context["environment"]): readonly string[] {
  try {
    loadConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
