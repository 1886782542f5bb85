import type { World } from "../azure/index.ts";
import type { LoggedRequest, Moment } from "../azure/request-log.ts";
import type { Misfortune } from "./misfortune.ts";
import type { Member } from "./script.ts";
import { disturb } from "./stage.ts";
import { idOf } from "./truth.ts";

/** Somebody who now and then attaches a registry just after the app was told that there is none. */
export class Racer {
  readonly #world: () => World;
  readonly #misfortune: Misfortune;
  readonly #members: ReadonlyMap<string, Member>;

  /** @param world asked when something happens: it may not be there yet */
  constructor(world: () => World, misfortune: Misfortune, members: readonly Member[]) {
    this.#world = world;
    this.#misfortune = misfortune;
    this.#members = new Map(members.map((member) => [idOf(member).toLowerCase(), member]));
  }

  see(moment: Moment, { client, told }: LoggedRequest): void {
    if (moment !== "answered" || client === null || told?.kind !== "workspace" || told.containerRegistry !== null)
      return;
    const member = this.#members.get(told.workspaceId);
    if (member === undefined || member.kind === "Project" || !this.#misfortune.isRaced(told.workspaceId)) return;
    setImmediate(() => {
      disturb(this.#world(), member, "attachSecond");
    });
  }
}
