import { fleetPage, fleetSummary } from "../api/fleet.ts";
import type { AppClient } from "./app-client.ts";

/** Which workspaces of the fleet. */
export interface FleetSelection {
  readonly outcome?: string;
  readonly reason?: string;
  readonly subscription?: string;
}

/** Every workspace of the fleet that is chosen, with how many there are of all that were counted. */
export async function* workspacesOf(
  app: AppClient,
  { outcome, reason, subscription }: FleetSelection,
): AsyncGenerator<{ readonly id: string; readonly total: number }> {
  const total = await countOf(app, {
    ...(outcome === undefined ? {} : { outcome }),
    ...(reason === undefined ? {} : { reason }),
  });
  let continuation: string | undefined;
  do {
    const query = new URLSearchParams({
      limit: "1000",
      ...(outcome === undefined ? {} : { outcome }),
      ...(reason === undefined ? {} : { reason }),
      ...(subscription === undefined ? {} : { subscription }),
      ...(continuation === undefined ? {} : { continuation }),
    });
    const { answer } = await app.ask("GET", `workspaces?${query.toString()}`, fleetPage);
    for (const { id } of answer.workspaces) yield { id, total };
    continuation = answer.continuation;
  } while (continuation !== undefined);
}

async function countOf(app: AppClient, { outcome, reason }: FleetSelection): Promise<number> {
  const { answer } = await app.ask("GET", "fleet", fleetSummary);
  if (outcome === undefined) return answer.workspaces;
  if (reason === undefined) return answer.outcomes[outcome] ?? 0;
  return answer.reasons.find((one) => one.outcome === outcome && one.reason === reason)?.workspaces ?? 0;
}
