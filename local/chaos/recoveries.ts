import type { World } from "../azure/index.ts";
import type { Member } from "./script.ts";
import { conditionOf } from "./truth.ts";

/** Measures, for every workspace that was put wrong, how long it took until it was right. */
export class Recoveries {
  readonly durationsMs: number[] = [];
  readonly #world: World;
  readonly #open = new Map<Member, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Something happened to it. One that was wrong before counts from then. */
  disturbed(member: Member): void {
    if (!this.#open.has(member)) this.#open.set(member, this.#world.now());
  }

  /** Looks which of them are right by now, or beyond help. */
  look(): void {
    for (const [member, since] of this.#open) {
      const { kind } = conditionOf(this.#world, member);
      if (kind === "wrong") continue;
      this.#open.delete(member);
      if (kind === "right") this.durationsMs.push(this.#world.now() - since);
    }
  }
}
