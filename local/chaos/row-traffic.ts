import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import { workspaceHash } from "../../src/storage/keys.ts";
import type { NewFact } from "./facts.ts";
import { inboxTraffic } from "./inbox-traffic.ts";
import { leaseOwnerIn } from "./ledger.ts";
import type { ProxyAnswer, ProxyRequest } from "./proxy.ts";

/** Makes facts of what happens to the rows of workspaces: who got a lease, which requests came and went. */
export class RowTraffic {
  readonly #add: (fact: NewFact) => void;
  readonly #byHash: ReadonlyMap<string, string>;
  readonly #owners = new Set<string>();

  constructor(workspaceIds: readonly string[], add: (fact: NewFact) => void) {
    this.#add = add;
    this.#byHash = new Map(workspaceIds.map((id) => [workspaceHash(parseWorkspaceId(id)), id.toLowerCase()]));
  }

  /** One exchange of a process with the table service. */
  note(client: string, request: ProxyRequest, answer: ProxyAnswer): void {
    const owner = answer.status < 300 ? leaseOwnerIn(request) : undefined;
    if (owner !== undefined && !this.#owners.has(owner)) {
      this.#owners.add(owner);
      const workspaceId = this.#workspaceIn(`${request.path} ${request.body}`);
      if (workspaceId !== undefined) this.#add({ kind: "leased", client, workspaceId });
    }
    const traffic = inboxTraffic(request, answer);
    const workspaceId = this.#byHash.get(traffic?.partition ?? "");
    if (traffic !== undefined && workspaceId !== undefined)
      this.#add({ kind: traffic.kind, client, workspaceId, rows: traffic.rows });
  }

  #workspaceIn(text: string): string | undefined {
    const [hash = ""] = /\b[0-9a-f]{64}\b/.exec(text) ?? [];
    return this.#byHash.get(hash);
  }
}
