/** Breaks workspaces by making them, and times each until the app has put it right. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Azure, World } from "../local/azure/index.ts";
import type { LoggedRequest, Moment } from "../local/azure/request-log.ts";
import type { Host } from "../local/host/index.ts";
import { callApp } from "../local/stack.ts";
import { parseWorkspaceId } from "../src/core/arm-id.ts";
import { workspacePath } from "../src/functions/workspace-route.ts";
import { broken, type Member } from "./fleet.ts";
import type { Look, RunningApp, Watch } from "./hosts.ts";

/** When what happened to one workspace, in milliseconds after it was made. */
export interface Repair {
  /** ARM has answered that the last change, the key sync, is done. */
  readonly appliedMs: number;
  /** The app has verified that all is right: the `outcomeAt` that it tells. */
  readonly compliantMs: number;
  /** The outcome is stored, the next look scheduled, the lease given back. */
  readonly storedMs: number;
}

interface Times {
  /** Milliseconds since the epoch, as all of these. */
  readonly madeAt: number;
  syncSentAt?: number;
  appliedAt?: number;
  storedAt?: number;
}

/** Longer than anything takes that is not stuck. */
const patienceMs = 600_000;

/** Follows workspaces from their making to their repair. Its methods are for whoever sees looks and requests. */
export class Repairs implements Watch {
  readonly #times = new Map<string, Times>();
  #world: World | undefined;

  readonly onLook = ({ workspaceId, outcome }: Look): void => {
    const times = this.#times.get(workspaceId);
    if (times !== undefined && (outcome === "remediated" || outcome === "compliant")) times.storedAt ??= Date.now();
  };

  readonly onRequest = (moment: Moment, { isSelf, method, path, status, workspaceIds }: LoggedRequest): void => {
    if (!isSelf || (moment !== "received" && moment !== "answered")) return;
    const [, operationId = ""] = /\/workspaceOperationsStatus\/([^/]+)$/i.exec(path) ?? [];
    const id = workspaceIds[0] ?? this.#world?.operations.find(operationId)?.resourceId.toLowerCase() ?? "";
    const times = this.#times.get(id);
    if (times === undefined) return;
    if (method === "POST") times.syncSentAt ??= Date.now();
    else if (operationId !== "" && status === 200 && times.syncSentAt !== undefined) times.appliedAt = Date.now();
  };

  /** Makes these workspaces, at once, and resolves when the app has put all of them right. @throws Error when it has not */
  async of({ azure, workers }: RunningApp, members: readonly Member[]): Promise<readonly Repair[]> {
    this.#world = azure.world;
    for (const member of members) {
      this.#times.set(member.id.toLowerCase(), { madeAt: Date.now() });
      azure.world.put(broken(member));
    }
    const giveUpAt = performance.now() + patienceMs;
    const isOpen = ({ id }: Member): boolean => this.#times.get(id.toLowerCase())?.storedAt === undefined;
    while (members.some(isOpen)) {
      if (performance.now() > giveUpAt)
        throw new Error(`${members.filter(isOpen).length} workspaces were not repaired.`);
      await sleep(50);
    }
    const wrong = members.find(({ id }) => !isRight(azure, id));
    if (wrong !== undefined) throw new Error(`${wrong.id} is called right and is not.`);
    return Promise.all(members.map((member) => this.#repairOf(member, workers)));
  }

  async #repairOf({ id }: Member, [worker]: readonly Host[]): Promise<Repair> {
    const { madeAt, appliedAt = NaN, storedAt = NaN } = this.#times.get(id.toLowerCase()) ?? { madeAt: NaN };
    if (worker === undefined) throw new Error("Nobody can be asked.");
    const { body } = await callApp(worker, "GET", `/api/${workspacePath(parseWorkspaceId(id))}`);
    const { outcomeAt } = body as { readonly outcomeAt: string };
    return {
      appliedMs: appliedAt - madeAt,
      compliantMs: Date.parse(outcomeAt) - madeAt,
      storedMs: storedAt - madeAt,
    };
  }
}

/** Whether Azure itself, and nobody's memory, has it as it should be. */
function isRight({ world }: Azure, id: string): boolean {
  const { properties, identity } = world.get(id) ?? {};
  const scope = String(properties?.["containerRegistry"]);
  const holds = world.roles
    .assignments()
    .some((one) => one.scope.toLowerCase() === scope.toLowerCase() && one.principalId === identity?.principalId);
  return holds && world.keysInSync(id);
}
