import { readFileSync } from "node:fs";
import { settingsView } from "../../api/service.ts";
import { formatId } from "../../core/arm-id.ts";
import { parseEvent, UnreadableEventError } from "../../functions/event-parsing.ts";
import { routeEvent } from "../../functions/event-routing.ts";
import type { Context } from "../context.ts";
import { CommandError, gravestOf, type Verdict, verdictOfDryRun } from "../exit-code.ts";
import { showDryRun, shownText } from "../show.ts";
import { planOf } from "./check.ts";

/** Shows where an event of a file would lead, and what would be done there. Nothing is. */
export async function replay(context: Context, file: string, registry: string | undefined): Promise<Verdict> {
  const { terminal } = context;
  const events = eventsIn(file);
  const told: object[] = [];
  const verdicts: Verdict[] = [];
  for (const body of events) {
    const event = eventOf(file, body);
    const route = routeEvent(event, { subscriptions: await subscriptionsOf(context, event.resourceUri) });
    if (!terminal.json) terminal.print(`${shownText(event.operation)}  ${shownText(event.resourceUri)}`);
    switch (route.kind) {
      case "workspace": {
        const plan = await planOf(context, route.workspace, registry);
        verdicts.push(verdictOfDryRun(plan));
        told.push({
          event,
          route: { kind: "workspace", workspaceId: formatId(route.workspace), hints: route.hints },
          plan,
        });
        if (!terminal.json) {
          terminal.print(`  leads to a look at this workspace${hintsOf(route.hints)}:`);
          showDryRun(terminal, plan);
        }
        break;
      }
      case "fanOut":
        told.push({ event, route });
        if (!terminal.json)
          terminal.print(
            `  leads to a look at every workspace that depends on it${hintsOf(route.hints)}: which these are only the app knows.`,
          );
        break;
      case "elsewhere":
        told.push({ event, route });
        if (!terminal.json) terminal.print(`  leads nowhere: ${shownText(route.message)}`);
        break;
      case "unroutable":
        verdicts.push("error");
        told.push({ event, route });
        if (!terminal.json) terminal.print(`  would be kept as rejected: ${route.reason}: ${shownText(route.message)}`);
    }
  }
  if (terminal.json) terminal.printJson({ events: told });
  return gravestOf(verdicts);
}

function hintsOf(hints: object): string {
  const names = Object.keys(hints);
  return names.length === 0 ? "" : ` (${names.join(", ")})`;
}

/** Event Grid delivers one event or an array of them, and so are they saved. */
function eventsIn(file: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
    return Array.isArray(parsed) ? parsed : [parsed];
  } catch (error) {
    throw new CommandError(`--event ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function eventOf(file: string, body: unknown): ReturnType<typeof parseEvent> {
  try {
    return parseEvent(body);
  } catch (error) {
    if (error instanceof UnreadableEventError)
      throw new CommandError(`--event ${file}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Those that the app, or its settings, look after; without either, that of the event. */
async function subscriptionsOf({ app, environment }: Context, resourceUri: string): Promise<readonly string[]> {
  const settings = app === undefined ? undefined : (await app.ask("GET", "settings", settingsView)).answer.settings;
  const named =
    settings?.find(({ name }) => name === "REMEDIATOR_SUBSCRIPTIONS")?.value ??
    environment["REMEDIATOR_SUBSCRIPTIONS"] ??
    "";
  const own = resourceUri.split("/")[2] ?? "";
  return named === "" ? [own] : named.split(",").map((id) => id.trim());
}
