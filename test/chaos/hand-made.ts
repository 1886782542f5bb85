/** A log written by hand, line by line, as the journal would write it. */
import type { Charge, Fact, NewFact, Operation, Telling, Truth } from "../../local/chaos/facts.ts";
import { judge, type End, type EndOfWorkspace } from "../../local/chaos/oracle.ts";

export const id = "/subscriptions/one/resourcegroups/plain/providers/microsoft.machinelearningservices/workspaces/ws";
export const images =
  "/subscriptions/one/resourcegroups/platform/providers/microsoft.containerregistry/registries/images";
export const forbidden = images.replace(/images$/, "forbidden");

export const charge: Charge = { workspaceId: id, allowed: [images], isProject: false, isHub: false };

type Found = Telling & { kind: "found" };
const asFound: Found = {
  kind: "found",
  workspaceId: id,
  provisioningState: "Succeeded",
  containerRegistry: null,
  isExempt: false,
};
const asItIs: Truth = { workspaceId: id, exists: true, containerRegistry: null, isExempt: false, isTransient: false };

export const rightEnd: EndOfWorkspace = {
  workspaceId: id,
  condition: { kind: "right" },
  outcome: "compliant",
  tellsOfRace: false,
};
export const goodEnd: End = { workspaces: [rightEnd], inbox: [], poison: [], leaks: [], crashes: [] };

/** Facts happen in the order in which these are called. */
export class Log {
  readonly facts: Fact[] = [];
  #requests = 0;

  /** A read that was answered. */
  read(client: string, told: Partial<Omit<Found, "kind">> | "gone" = {}): this {
    const request = this.sent(client, "read");
    const telling = told === "gone" ? ({ kind: "gone", workspaceId: id } as const) : { ...asFound, ...told };
    return this.#add({ kind: "answered", request, status: told === "gone" ? 404 : 200, telling });
  }

  /** A write from its arrival to its answer. */
  write(client: string, operation: Operation, { registryId, truth, status }: Write = {}): this {
    const request = this.sent(client, operation, registryId);
    this.#add({ kind: "effect", request, truths: [{ ...asItIs, ...truth }] });
    return this.answered(request, status);
  }

  /** A request that is not answered yet. @returns its number */
  sent(client: string, operation: Operation, registryId = images, workspaceIds: readonly string[] = [id]): number {
    const request = (this.#requests += 1);
    const target = operation === "attach" || operation === "grant" ? { registryId } : {};
    this.#add({ kind: "sent", request, client, operation, workspaceIds, key: `${operation} ${registryId}`, ...target });
    return request;
  }

  answered(request: number, status = 200): this {
    return this.#add({ kind: "answered", request, status });
  }

  /** The answer to a request, whenever it comes, with a description of the workspace. */
  told(request: number, told: Partial<Omit<Found, "kind">> = {}): this {
    return this.#add({ kind: "answered", request, status: 200, telling: { ...asFound, ...told } });
  }

  abandoned(request: number): this {
    return this.#add({ kind: "abandoned", request });
  }

  killed(client: string): this {
    return this.#add({ kind: "killed", client });
  }

  changed(how: string, isTold = true): this {
    return this.#add({ kind: "changed", workspaceId: id, how, isTold });
  }

  leased(client: string): this {
    return this.#add({ kind: "leased", client, workspaceId: id });
  }

  accepted(row: string): this {
    return this.#add({ kind: "accepted", workspaceId: id, rows: [row] });
  }

  removed(client: string, row: string): this {
    return this.#add({ kind: "removed", client, workspaceId: id, rows: [row] });
  }

  #add(fact: NewFact): this {
    this.facts.push({ ...fact, at: this.facts.length });
    return this;
  }
}

interface Write {
  readonly registryId?: string;
  /** How the workspace really was, where it differs from what is usual. */
  readonly truth?: Partial<Truth>;
  readonly status?: number;
}

/** The rules that a log violates, each as often as it does, and how many races it holds. */
export function verdictOn(
  { facts }: Log,
  { end = goodEnd, charges = [charge] }: { readonly end?: End; readonly charges?: readonly Charge[] } = {},
): { readonly rules: readonly string[]; readonly races: number } {
  const { violations, unavoidableRaces } = judge(facts, charges, end);
  return { rules: violations.map(({ rule }) => rule), races: unavoidableRaces.length };
}
