import { fleetPage } from "../api/fleet.ts";
import type { AppClient } from "./app-client.ts";

/** Which workspaces of the fleet: those that all of what is given says. */
export interface FleetSelection {
  readonly outcome?: string;
  readonly reason?: string;
  readonly subscription?: string;
}

/** The ids of the workspaces that are chosen, of those that the app knows. */
export async function workspacesOf(app: AppClient, selection: FleetSelection): Promise<readonly string[]> {
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
