import type { LoggedRequest, Moment } from "../azure/request-log.ts";
import type { Hosts } from "./hosts.ts";
import { operationOf } from "./journal.ts";
import { deedOf } from "./ledger.ts";
import type { ProxyRequest } from "./proxy.ts";
import type { KillTrigger } from "./script.ts";

interface Armed {
  readonly host: number;
  readonly trigger: KillTrigger;
  left: number;
}

/** Kills hosts as soon as one of them is seen to do what a trigger names. */
export class Kills {
  readonly #hosts: () => Hosts | undefined;
  readonly #onKill: () => void;
  #armed: Armed[] = [];
  readonly #pending = new Set<NodeJS.Timeout>();

  /** @param hosts asked when something happens: they may not be there yet */
  constructor(hosts: () => Hosts | undefined, onKill: () => void) {
    this.#hosts = hosts;
    this.#onKill = onKill;
  }

  arm(host: number, trigger: KillTrigger): void {
    this.#armed.push({ host, trigger, left: trigger.nth });
  }

  disarm(): void {
    this.#armed = [];
    for (const timer of this.#pending) clearTimeout(timer);
  }

  seeArm(moment: Moment, logged: LoggedRequest): void {
    if (this.#armed.length > 0 && logged.client !== null) this.#see(logged.client, operationOf(logged), moment);
  }

  seeStorage(client: string, moment: KillTrigger["moment"], request: ProxyRequest): void {
    if (this.#armed.length > 0) this.#see(client, deedOf(request), moment);
  }

  now(host: number): void {
    this.#onKill();
    void this.#hosts()?.replace(host);
  }

  #see(client: string, deed: string | undefined, moment: Moment): void {
    const hit = this.#armed.find(({ host, trigger, left }) => {
      return left > 0 && trigger.on === deed && trigger.moment === moment && this.#hosts()?.clientAt(host) === client;
    });
    if (hit === undefined) return;
    hit.left -= 1;
    if (hit.left > 0) return;
    this.#armed = this.#armed.filter((one) => one !== hit);
    const { afterMs } = hit.trigger;
    if (afterMs === 0) this.now(hit.host);
    else this.#later(hit.host, afterMs);
  }

  #later(host: number, ms: number): void {
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      this.now(host);
    }, ms);
    this.#pending.add(timer);
  }
}
