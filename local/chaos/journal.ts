import type { Change } from "../azure/change.ts";
import type { LoggedRequest, Moment } from "../azure/request-log.ts";
import type { Fact, NewFact, Operation, Sent, Telling, Truth } from "./facts.ts";

/** Writes down what the stand-in for Azure sees, as facts. */
export class Journal {
  readonly facts: Fact[] = [];
  readonly #numbers = new Map<LoggedRequest, number>();
  readonly #truth: (workspaceId: string) => Truth;

  constructor(truth: (workspaceId: string) => Truth) {
    this.#truth = truth;
  }

  add(fact: NewFact): void {
    this.facts.push({ ...fact, at: Date.now() });
  }

  /** Only the app's own requests become facts. */
  note(moment: Moment, logged: LoggedRequest): void {
    const { client } = logged;
    if (client === null) return;
    const request = this.#numberOf(logged);
    switch (moment) {
      case "received":
        this.add(sent(request, client, logged, this.#concerned(logged)));
        break;
      case "effect":
        if (logged.isWrite) this.add({ kind: "effect", request, truths: this.#concerned(logged).map(this.#truth) });
        break;
      case "answered": {
        const telling = tellingOf(logged);
        this.add({ kind: "answered", request, status: logged.status, ...(telling === undefined ? {} : { telling }) });
        break;
      }
      case "abandoned":
        this.add({ kind: "abandoned", request });
        break;
    }
  }

  /** Changes by anybody but the app. */
  noteChange({ resourceId, operationName, caller, outcome }: Change, isTold: boolean): void {
    if (caller.client !== undefined || outcome === "Failure") return;
    this.add({ kind: "changed", workspaceId: resourceId.toLowerCase(), how: operationName, isTold });
  }

  /**
   * Where several workspaces share an identity, the description of its assignment says for which of them it is made; that
   * one may be gone by now.
   */
  #concerned({ workspaceIds, body }: LoggedRequest): readonly string[] {
    const { properties } = (body ?? {}) as { properties?: { description?: unknown } };
    const [, named] =
      / of (\/subscriptions\/\S+\/workspaces\/\S+) /.exec(String(properties?.description).toLowerCase()) ?? [];
    const isBelieved = named !== undefined && (workspaceIds.includes(named) || !this.#truth(named).exists);
    return isBelieved ? [named] : workspaceIds;
  }

  #numberOf(logged: LoggedRequest): number {
    const number = this.#numbers.get(logged) ?? this.#numbers.size;
    this.#numbers.set(logged, number);
    return number;
  }
}

function sent(request: number, client: string, logged: LoggedRequest, workspaceIds: readonly string[]): Sent {
  const operation = operationOf(logged);
  const { method, path } = logged;
  const registryId = registryOf(operation, logged);
  return {
    kind: "sent",
    request,
    client,
    operation,
    workspaceIds,
    key: `${method} ${path}`.toLowerCase(),
    ...(registryId === undefined ? {} : { registryId: registryId.toLowerCase() }),
  };
}

export function operationOf({ method, path, isWrite }: Pick<LoggedRequest, "method" | "path" | "isWrite">): Operation {
  if (!isWrite) return "read";
  if (method === "PATCH" && /\/workspaces\/[^/]+$/i.test(path)) return "attach";
  if (method === "POST" && /\/resyncKeys$/i.test(path)) return "sync";
  return method === "PUT" && /\/roleAssignments\/[^/]+$/i.test(path) ? "grant" : "other";
}

function registryOf(operation: Operation, { path, body }: LoggedRequest): string | undefined {
  if (operation === "grant") return path.replace(/\/providers\/Microsoft\.Authorization\/.*$/i, "");
  const { properties } = (body ?? {}) as { properties?: { containerRegistry?: unknown } };
  return operation === "attach" ? String(properties?.containerRegistry) : undefined;
}

function tellingOf({ told, status, code, method, path }: LoggedRequest): Telling | undefined {
  if (told?.kind === "workspace") {
    const { workspaceId, provisioningState, containerRegistry, tags } = told;
    const registry = containerRegistry?.toLowerCase() ?? null;
    return { kind: "found", workspaceId, provisioningState, containerRegistry: registry, isExempt: isExempt(tags) };
  }
  const isGone = status === 404 && method === "GET" && /\/workspaces\/[^/]+$/i.test(path) && code !== "Injected";
  return isGone ? { kind: "gone", workspaceId: path.toLowerCase() } : undefined;
}

/** The policy in the words of its documentation: `manage` and no tag mean that it is looked after. */
export function isExempt(tags: Readonly<Record<string, string>>): boolean {
  return Object.entries(tags).some(
    ([name, value]) => name.toLowerCase() === "acr-remediation" && value.trim().toLowerCase() !== "manage",
  );
}
