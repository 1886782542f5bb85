/** Breaks workspaces by making them, and times each until the app has put it right. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Azure } from "../local/azure/index.ts";
import type { LoggedRequest, Moment } from "../local/azure/request-log.ts";
import { broken, type Member } from "./fleet.ts";
import type { Look, Watch } from "./hosts.ts";

/** When what happened to one workspace, in milliseconds after it was made. */
export interface Repair {
  /** The last change was acknowledged, and the app begins to read it back. */
  readonly appliedMs: number;
  /** Read back, stored, told. */
  readonly compliantMs: number;
}

/** Longer than anything takes that is not stuck. */
const patienceMs = 600_000;

/** Follows workspaces from their making to their repair. Hand its two methods to whoever sees looks and requests. */
export class Repairs implements Watch {
  readonly #begun = new Map<string, { at: number; syncedAt?: number; appliedAt?: number; compliantAt?: number }>();

  readonly onLook = ({ workspaceId, outcome }: Look): void => {
    const one = this.#begun.get(workspaceId);
    if (one !== undefined && (outcome === "remediated" || outcome === "compliant"))
      one.compliantAt ??= performance.now();
  };

  readonly onRequest = (moment: Moment, { isSelf, method, path, workspaceIds: [id = ""] }: LoggedRequest): void => {
    const one = this.#begun.get(id);
    if (one === undefined || !isSelf || moment !== "received") return;
    if (method === "POST" && path.endsWith("/resyncKeys")) one.syncedAt = performance.now();
    else if (method === "GET" && one.syncedAt !== undefined) one.appliedAt ??= performance.now();
  };

  /** Makes these workspaces, at once, and resolves when the app has put all of them right. @throws Error when it has not */
  async of(azure: Azure, members: readonly Member[]): Promise<readonly Repair[]> {
    for (const member of members) {
      this.#begun.set(member.id.toLowerCase(), { at: performance.now() });
      azure.world.put(broken(member));
    }
    const giveUpAt = performance.now() + patienceMs;
    const isOpen = ({ id }: Member): boolean => this.#begun.get(id.toLowerCase())?.compliantAt === undefined;
    while (members.some(isOpen)) {
      if (performance.now() > giveUpAt)
        throw new Error(`${members.filter(isOpen).length} workspaces were not repaired.`);
      await sleep(50);
    }
    for (const { id } of members) if (!isRight(azure, id)) throw new Error(`${id} is called right and is not.`);
    return members.map(({ id }) => {
      const { at, appliedAt, compliantAt } = this.#begun.get(id.toLowerCase()) ?? { at: NaN };
      return { appliedMs: (appliedAt ?? NaN) - at, compliantMs: (compliantAt ?? NaN) - at };
    });
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
