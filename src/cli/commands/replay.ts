import { readFileSync } from "node:fs";
import { fleetSummary } from "../../api/fleet.ts";
import { formatId } from "../../core/arm-id.ts";
import { parseEvent, UnreadableEventError } from "../../functions/event-parsing.ts";
import { routeEvent } from "../../functions/event-routing.ts";
import type { Context } from "../context.ts";
import { CommandError, gravestOf, toldBy, type Verdict, verdictOfDryRun } from "../exit-code.ts";
import { showDryRun, shownText } from "../show.ts";
import { planOf } from "./check.ts";

/** Shows where an event of a file would lead, and what would be done there. Nothing is. */
export async function replay(context: Context, file: string, registry: string | undefined): Promise<Verdict> {
  const { terminal } = context;
  const events = eventsIn(file);
  const covered = await coveredBy(context);
  const told: object[] = [];
  const verdicts: Verdict[] = [];
  for (const body of events) {
    const event = eventOf(file, body);
    const route = routeEvent(event, { subscriptions: covered ?? [subscriptionOf(event.resourceUri)] });
    if (!terminal.json) terminal.print(`${shownText(event.operation)}  ${shownText(event.resourceUri)}`);
    switch (route.kind) {
      case "workspace": {
        const workspaceId = formatId(route.workspace);
        const leads = { event, route: { kind: "workspace", workspaceId, hints: route.hints } };
        if (!terminal.json) terminal.print(`  leads to a look at this workspace${hintsOf(route.hints)}:`);
        try {
          const plan = await planOf(context, route.workspace, registry);
          verdicts.push(verdictOfDryRun(plan));
          told.push({ ...leads, plan });
          if (!terminal.json) showDryRun(context, plan);
        } catch (error) {
          // One that cannot be looked at, such as a workspace that was deleted since, keeps nobody from the others.
          const message = toldBy(error);
          verdicts.push("error");
          told.push({ ...leads, error: message });
          if (!terminal.json) terminal.print(`  ${terminal.paint("red", "✗")} ${shownText(message)}`);
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

/** The subscriptions that the app, or its settings, look after; `undefined` where nobody says which these are. */
async function coveredBy({ app, environment, terminal }: Context): Promise<readonly string[] | undefined> {
  if (app !== undefined) return (await app.ask("GET", "fleet", fleetSummary)).answer.subscriptions;
  if (environment["REMEDIATOR_MANAGEMENT_GROUPS"]) {
    terminal.note(
      "What lies in the management groups of the settings only an app finds out: every event is taken for one of theirs.",
    );
    return undefined;
  }
  const named = environment["REMEDIATOR_SUBSCRIPTIONS"];
  return named ? named.split(",").map((id) => id.trim()) : undefined;
}

function subscriptionOf(resourceUri: string): string {
  return resourceUri.split("/")[2] ?? "";
}
