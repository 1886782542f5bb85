import type { Lease, Leases, Ports } from "../../src/core/ports.ts";

/** The process died here. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/**
 * A process that dies at its call number `at` (from 0), before or after the call took effect. Whatever it calls later finds
 * it dead.
 */
export class DoomedProcess {
  calls = 0;
  dead = false;
  readonly #at: number;
  readonly #when: "before" | "after";

  constructor(at: number, when: "before" | "after") {
    this.#at = at;
    this.#when = when;
  }

  /** The same ports, as this process reaches them. */
  ports(ports: Ports): Ports {
    return {
      ...ports,
      reads: this.#doom(ports.reads),
      writes: this.#doom(ports.writes),
      memory: this.#doom(ports.memory),
      inbox: this.#doom(ports.inbox),
      queue: this.#doom(ports.queue),
      history: this.#doom(ports.history),
      leases: this.#doomLeases(ports.leases),
    };
  }

  #doom<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        return (...given: unknown[]) => this.#call(() => Reflect.apply(method, target, given) as Promise<unknown>);
      },
    });
  }

  #doomLeases({ acquire }: { acquire: Leases["acquire"] }): Leases {
    return {
      acquire: async (id) => {
        const lease = await this.#call(() => acquire(id));
        return lease && this.#doomLease(lease);
      },
    };
  }

  #doomLease(lease: Lease): Lease {
    return {
      signal: lease.signal,
      assertHeld: () => {
        if (this.dead) throw new Crash();
        lease.assertHeld();
      },
      release: () => this.#call(() => lease.release()),
    };
  }

  async #call<T>(call: () => Promise<T>): Promise<T> {
    if (this.dead) throw new Crash();
    const last = this.calls === this.#at;
    this.calls += 1;
    if (last) this.dead = true;
    if (last && this.#when === "before") throw new Crash();
    const result = await call();
    if (last) throw new Crash();
    return result;
  }
}
