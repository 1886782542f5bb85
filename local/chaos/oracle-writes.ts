/** Judges every write by what the process that sent it had been told, and by what the others had done. */
import type { Charge, Fact, Sent, Telling, Truth } from "./facts.ts";

export type WriteRule =
  | "overlap"
  | "writtenUnread"
  | "twiceAtOnce"
  | "toldTransient"
  | "toldExempt"
  | "toldGone"
  | "unheededAnswer"
  | "attachUnseen"
  | "notAllowed";

export interface Violation {
  readonly rule: string;
  readonly workspaceId: string;
  readonly detail: string;
  /** Milliseconds since the epoch, where it has a moment. */
  readonly at?: number;
}

export interface WriteJudgement {
  readonly violations: readonly Violation[];
  /** Writes that were right by all that their sender could know, and met another world on their arrival. */
  readonly unavoidableRaces: readonly Violation[];
}

interface Write extends Sent {
  readonly position: number;
  readonly at: number;
  /** It arrived after its sender was killed. */
  readonly wasDead: boolean;
  isOpen: boolean;
}

interface Told {
  readonly client: string;
  /** When the question arrived, as a position among the facts. */
  readonly asked: number;
  readonly telling: Telling;
  /** It came with the answer to a write, or with that of its operation's end: nobody asked how the workspace is. */
  readonly isAside: boolean;
  /** It answered an attachment. */
  readonly isOfAttach: boolean;
}

/** What is known of one workspace while the facts go by. */
interface Course {
  readonly told: Told[];
  readonly writes: Write[];
  /** Whose the lease was last, and since when. */
  lease: { readonly client: string; readonly position: number } | undefined;
}

/** The facts have to be in order. */
export function judgeWrites(facts: readonly Fact[], charges: readonly Charge[]): WriteJudgement {
  return new WriteJudge(charges).judge(facts);
}

class WriteJudge {
  readonly #charges: ReadonlyMap<string, Charge>;
  readonly #courses = new Map<string, Course>();
  readonly #requests = new Map<number, { readonly sent: Sent; readonly position: number; readonly writes: Write[] }>();
  readonly #dead = new Set<string>();
  readonly #violations: Violation[] = [];
  readonly #races: Violation[] = [];

  constructor(charges: readonly Charge[]) {
    this.#charges = new Map(charges.map((charge) => [charge.workspaceId, charge]));
  }

  judge(facts: readonly Fact[]): WriteJudgement {
    facts.forEach((fact, position) => {
      switch (fact.kind) {
        case "sent":
          this.#sent(fact, position);
          break;
        case "effect":
          for (const truth of fact.truths) this.#effect(fact, truth);
          break;
        case "answered":
          this.#over(fact.request);
          if (fact.telling !== undefined) this.#told(fact.request, fact.telling);
          break;
        case "abandoned":
          this.#over(fact.request);
          break;
        case "killed":
          this.#dead.add(fact.client);
          break;
        case "leased":
          this.#course(fact.workspaceId).lease = { client: fact.client, position };
          break;
        case "started":
        case "accepted":
        case "removed":
        case "changed":
          break;
      }
    });
    return { violations: this.#violations, unavoidableRaces: this.#races };
  }

  #sent(sent: Sent & { readonly at: number }, position: number): void {
    const writes: Write[] = [];
    this.#requests.set(sent.request, { sent, position, writes });
    if (sent.operation === "read") return;
    if (sent.workspaceIds.length === 0 && sent.operation !== "grant")
      this.#violations.push({
        rule: "notAllowed",
        workspaceId: "",
        at: sent.at,
        detail: `${sent.client} sent ${sent.key}`,
      });
    for (const workspaceId of sent.workspaceIds) {
      const write = { ...sent, position, wasDead: this.#dead.has(sent.client), isOpen: true };
      const course = this.#course(workspaceId);
      // What a killed process had on the wire can be kept from nobody.
      if (write.wasDead) this.#race(workspaceId, sent, "it arrived after its sender was killed");
      else {
        // An identity that several share is granted for one of them; which, only its description can say.
        const isCertain = sent.workspaceIds.length === 1;
        for (const [rule, detail] of this.#objections(workspaceId, course, write, isCertain))
          this.#violations.push({
            rule,
            workspaceId,
            at: sent.at,
            detail: `${sent.client}, ${sent.operation}: ${detail}`,
          });
      }
      course.writes.push(write);
      writes.push(write);
    }
  }

  *#objections(
    workspaceId: string,
    course: Course,
    write: Write,
    isCertain: boolean,
  ): Generator<readonly [WriteRule, string]> {
    const charge = this.#charges.get(workspaceId);
    yield* policyObjections(charge, write);
    if (!isCertain) return;
    yield* this.#overlaps(course, write);
    const tellings = this.#tellings(course, write, charge);
    if (tellings.length === 0) yield ["writtenUnread", "its sender did not read the workspace since it has the lease"];
    else
      for (const [rule, detail] of tellingObjections(tellings, charge, write, course))
        yield [tellings.every(({ isAside }) => isAside) ? "unheededAnswer" : rule, detail];
  }

  /** What the sender was told since it has the lease: the last of it counts, and of a hub any of it. */
  #tellings({ told, lease }: Course, { client, operation }: Write, charge: Charge | undefined): readonly Told[] {
    const since = lease?.client === client ? lease.position : -1;
    // Grants go out at the same time as an attachment, and may arrive when that was answered already.
    const heard = told.filter(({ isOfAttach }) => !(isOfAttach && operation === "grant"));
    return heard.filter((one) => one.client === client && one.asked > since).slice(charge?.isHub === true ? 0 : -1);
  }

  *#overlaps({ told, writes, lease }: Course, write: Write): Generator<readonly [WriteRule, string]> {
    const { client, key } = write;
    if (lease !== undefined && lease.client !== client) yield ["overlap", `${lease.client} has the lease by now`];
    const others = writes.filter((one) => one.client !== client && !this.#dead.has(one.client));
    const open = others.find(({ isOpen }) => isOpen);
    if (open !== undefined) yield ["overlap", `while ${open.operation} of ${open.client} was not answered yet`];
    const last = writes.findLast((one) => one.client !== client && !one.wasDead);
    if (last !== undefined && !told.some((one) => one.client === client && one.asked > last.position))
      yield ["writtenUnread", `the workspace was not read after ${last.operation} of ${last.client}`];
    if (writes.some((one) => one.client === client && one.key === key && one.isOpen))
      yield ["twiceAtOnce", "the same was sent before and not answered yet"];
  }

  /** What the write met, where its sender could not know it. */
  #effect({ request, at }: { readonly request: number; readonly at: number }, truth: Truth): void {
    const known = this.#requests.get(request);
    if (known === undefined || known.sent.operation === "read") return;
    const { sent } = known;
    const { workspaceId } = truth;
    const allowed = this.#charges.get(workspaceId)?.allowed ?? [];
    const { containerRegistry: registry } = truth;
    const met = [
      ...(truth.exists ? [] : ["a workspace that is gone"]),
      ...(truth.isExempt ? ["a workspace that is exempt"] : []),
      // A grant changes no workspace; often the operation it meets is the attachment that it goes out with.
      ...(truth.isTransient && sent.operation !== "grant" ? ["a workspace that is being changed"] : []),
      ...(sent.operation === "attach" && registry !== null ? [`a workspace with ${registry} attached`] : []),
      ...(sent.operation !== "attach" && registry !== null && !allowed.includes(registry)
        ? [`${registry} attached`]
        : []),
    ];
    if (met.length > 0) this.#race(workspaceId, { ...sent, at }, `it met ${met.join(" and ")}`);
  }

  #race(workspaceId: string, { client, operation, at }: Sent & { readonly at: number }, detail: string): void {
    this.#races.push({ rule: "race", workspaceId, at, detail: `${client}, ${operation}: ${detail}` });
  }

  #told(request: number, telling: Telling): void {
    const known = this.#requests.get(request);
    if (known === undefined) return;
    const { client, operation, workspaceIds } = known.sent;
    const isAside = operation !== "read" || workspaceIds.length === 0;
    this.#course(telling.workspaceId).told.push({
      client,
      asked: known.position,
      telling,
      isAside,
      isOfAttach: operation === "attach",
    });
  }

  #over(request: number): void {
    for (const write of this.#requests.get(request)?.writes ?? []) write.isOpen = false;
  }

  #course(workspaceId: string): Course {
    const course = this.#courses.get(workspaceId) ?? { told: [], writes: [], lease: undefined };
    this.#courses.set(workspaceId, course);
    return course;
  }
}

function* policyObjections(charge: Charge | undefined, write: Write): Generator<readonly [WriteRule, string]> {
  const { operation, registryId = "" } = write;
  if (charge === undefined || charge.allowed.length === 0) yield ["notAllowed", "the workspace is outside the policy"];
  else if (operation === "other") yield ["notAllowed", `nothing of the kind is ever done: ${write.key}`];
  else if (operation !== "sync" && !charge.allowed.includes(registryId))
    yield ["notAllowed", `${registryId} is not allowed for it`];
  if (operation === "attach" && charge?.isProject === true)
    yield ["notAllowed", "a project has no registry of its own"];
}

function* tellingObjections(
  known: readonly Told[],
  charge: Charge | undefined,
  write: Write,
  { writes }: Course,
): Generator<readonly [WriteRule, string]> {
  const every = (objects: (telling: Telling & { kind: "found" }) => boolean): boolean =>
    known.every(({ telling }) => telling.kind === "found" && objects(telling));
  if (known.every(({ telling }) => telling.kind === "gone")) yield ["toldGone", "it was told that there is none"];
  if (every(({ isExempt }) => isExempt)) yield ["toldExempt", "it was told that the workspace is exempt"];
  if (every(({ provisioningState }) => provisioningState !== "Succeeded"))
    yield ["toldTransient", "it was told that the workspace is not Succeeded"];
  const isWrong = (registry: string | null): boolean =>
    registry !== null && charge !== undefined && !charge.allowed.includes(registry);
  if (every(({ containerRegistry }) => isWrong(containerRegistry)))
    yield ["notAllowed", "it was told that a registry is attached that is not allowed"];
  if (write.operation !== "attach") return;
  if (every(({ containerRegistry }) => containerRegistry !== null))
    yield ["attachUnseen", "it was told that a registry is attached"];
  // Grants go out at the same time as an attachment; a sync or another attachment does not.
  const before = writes.findLast(({ client, operation }) => client === write.client && operation !== "grant");
  if (before !== undefined && known.every(({ asked }) => asked < before.position))
    yield ["attachUnseen", `the workspace was not read since ${before.operation}`];
}
