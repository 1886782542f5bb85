import { createServer, type Server } from "node:https";

import { idKey } from "./arm-id.ts";
import { listen, sendJson, stop } from "./http.ts";
import { handleRegistryRequest, type RegistryRequest } from "./registry-requests.ts";
import type { World } from "./world.ts";

/** A server for each registry, as in Azure each has a host of its own; they differ in their port only. */
export class RegistryServers {
  /** Requests to all of them so far. */
  readonly requests: RegistryRequest[] = [];
  readonly #world: World;
  readonly #tls: { readonly cert: string; readonly key: string };
  readonly #servers: Server[] = [];
  #opening: Promise<void> | undefined;
  #wanted: string[] = [];

  constructor(world: World, tls: { cert: string; key: string }) {
    this.#world = world;
    this.#tls = tls;
  }

  /** From now on this registry is to be reached. */
  want(id: string): void {
    if (!this.#world.loginServers.has(idKey(id))) this.#wanted.push(id);
  }

  /** Resolves when every registry that is wanted is reached. Undefined when there is nothing to wait for. */
  ready(): Promise<void> | undefined {
    if (this.#wanted.length > 0) {
      const wanted = this.#wanted.splice(0);
      const before = this.#opening ?? Promise.resolve();
      const opening = before.then(async () => {
        for (const id of wanted) await this.#open(id);
        if (this.#opening === opening) this.#opening = undefined;
      });
      this.#opening = opening;
    }
    return this.#opening;
  }

  async close(): Promise<void> {
    await this.#opening;
    await Promise.all(this.#servers.map(stop));
  }

  async #open(id: string): Promise<void> {
    if (this.#world.loginServers.has(idKey(id))) return;
    const server = createServer(this.#tls, (request, response) => {
      const host = this.#world.loginServers.get(idKey(id)) ?? "";
      handleRegistryRequest(this.#world, this.#world.get(id), host, request, response).then(
        (seen) => this.requests.push(seen),
        (error: unknown) => {
          sendJson(response, 500, { errors: [{ code: "STAND_IN_FAILURE", message: String(error) }] });
        },
      );
    });
    this.#servers.push(server);
    this.#world.loginServers.set(idKey(id), `127.0.0.1:${await listen(server, 0)}`);
  }
}
