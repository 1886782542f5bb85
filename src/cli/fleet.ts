import { fleetPage } from "../api/fleet.ts";
import { inTurns } from "../core/in-turns.ts";
import type { AppClient } from "./app-client.ts";
import { toldBy } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

/** Which workspaces of the fleet: those that all of what is given says. */
export interface FleetSelection {
  readonly outcome?: string;
  readonly reason?: string;
  readonly subscription?: string;
}

/** The ids of the workspaces that are chosen, of those that the app knows. */
async function workspacesOf(app: AppClient, selection: FleetSelection): Promise<readonly string[]> {
  const ids: string[] = [];
  let continuation: string | undefined;
  do {
    const query = new URLSearchParams({
      ...selection,
      limit: "1000",
      ...(continuation === undefined ? {} : { continuation }),
    });
    const { answer } = await app.ask("GET", `workspaces?${query.toString()}`, fleetPage);
    ids.push(...answer.workspaces.map(({ id }) => id));
    continuation = answer.continuation;
  } while (continuation !== undefined);
  return ids;
}

/** How many workspaces are asked about at the same time. */
const atOnce = 8;

/**
 * Asks about every workspace that is chosen, and shows how far that is. All are listed first: what is asked may take one off the list.
 * One that cannot be asked about keeps nobody from the others.
 * @param failed makes the answer for such a one, of what the error says
 * @returns the answers, in the order in which they came
 */
export async function overFleet<Answer>(
  terminal: Terminal,
  what: string,
  app: AppClient,
  selection: FleetSelection,
  ask: (id: string) => Promise<Answer>,
  failed: (id: string, error: string) => Answer,
): Promise<readonly Answer[]> {
  const activity = terminal.activity(what);
  const answers: Answer[] = [];
  try {
    const ids = await workspacesOf(app, selection);
    await inTurns(ids, atOnce, async (id) => {
      answers.push(await ask(id).catch((error: unknown) => failed(id, toldBy(error))));
      activity.at(`${answers.length} of ${ids.length}`, answers.length / ids.length);
    });
  } catch (error) {
    activity.end();
    throw error;
  }
  activity.end(`${answers.length} workspaces were looked at.`);
  return answers;
}
