/** What goes wrong with which request and which event. A seed decides each by what it is about and how many such there were. */
import type { FaultInput } from "../azure/faults.ts";
import type { LoggedRequest } from "../azure/request-log.ts";
import type { EventFaults } from "../azure/event-grid.ts";
import { type Dice, diceFor } from "./dice.ts";
import type { ProxyFault, ProxyRequest } from "./proxy.ts";

/** Draws faults while it storms, and counts them by their kind. */
export class Misfortune {
  readonly counts: Record<string, number> = {};
  isOver = false;
  readonly #seed: number;
  readonly #seen = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  count(kind: string, times = 1): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + times;
  }

  ofArm(request: LoggedRequest): FaultInput | undefined {
    const { isSelf, action, method, isWrite, workspaceIds, path } = request;
    if (!isSelf || action === null) return undefined;
    const dice = this.#dice("arm", `${method} ${action}`, workspaceIds[0] ?? path);
    const canFail = method === "PATCH" || method === "POST";
    return dice && this.#named("arm", drawn(dice, isWrite ? (canFail ? operations : writes) : reads, dice));
  }

  ofStorage(host: string, { method, path }: ProxyRequest): ProxyFault | undefined {
    const dice = this.#dice("storage", host, method, path.replace(/[?(].*$/, ""));
    return dice && this.#named("storage", drawn(dice, storage, dice));
  }

  ofEvent(resourceId: string): EventFaults | undefined {
    const dice = this.#dice("event", resourceId.toLowerCase());
    return dice && this.#named("event", drawn(dice, events, dice));
  }

  /** Whether somebody attaches a registry to this workspace just after the app saw that it has none. */
  isRaced(workspaceId: string): boolean {
    const isIt = this.#dice("race", workspaceId)?.chance(raceChance) === true;
    if (isIt) this.count("azure: attached by somebody after the look");
    return isIt;
  }

  /** Dice for the next one of these; none when it is over. */
  #dice(...key: string[]): Dice | undefined {
    if (this.isOver) return undefined;
    const name = key.join(" ");
    const nth = this.#seen.get(name) ?? 0;
    this.#seen.set(name, nth + 1);
    return diceFor(this.#seed, name, nth);
  }

  #named<Fault>(where: string, { name, fault }: Drawn<Fault>): Fault | undefined {
    if (fault !== undefined) this.count(`${where}: ${name}`);
    return fault;
  }
}

interface Drawn<Fault> {
  readonly name: string;
  readonly fault: Fault | undefined;
}

/** How many in a thousand meet it, its name, and what it is. */
type Lot<Fault> = readonly [perMille: number, name: string, make: (dice: Dice) => Fault];

function drawn<Fault>(dice: Dice, lots: readonly Lot<Fault>[], forDetails: Dice): Drawn<Fault> {
  let left = dice.whole(0, 999);
  for (const [perMille, name, make] of lots) {
    left -= perMille;
    if (left < 0) return { name, fault: make(forDetails) };
  }
  return { name: "none", fault: undefined };
}

const failure = (dice: Dice): FaultInput["respond"] => ({ status: dice.pick([500, 502, 503, 504]), code: "Injected" });

const raceChance = 0.08;

/** The app sends nothing into an empty bucket that it knows of; this one somebody else of its identity has emptied. */
const throttled = (dice: Dice): FaultInput => {
  const headers = { "retry-after": String(dice.whole(1, 3)) };
  return { respond: { status: 429, code: "TooManyRequests", headers } };
};

/** Longer than the app waits for an answer. */
const hangMs = 27_000;

const reads: readonly Lot<FaultInput>[] = [
  [25, "5xx", (dice) => ({ respond: failure(dice) })],
  [10, "reset", () => ({ reset: true })],
  [5, "429 drawn", throttled],
  [30, "slow", (dice) => ({ delayMs: dice.whole(200, 2_000) })],
  [1, "timeout", () => ({ delayMs: hangMs })],
];

const writes: readonly Lot<FaultInput>[] = [
  [15, "429 drawn", throttled],
  [30, "5xx before the effect", (dice) => ({ respond: failure(dice) })],
  [30, "5xx after the effect", (dice) => ({ respond: failure(dice), afterEffect: true })],
  [20, "reset before the effect", () => ({ reset: true })],
  [30, "reset after the effect", () => ({ reset: true, afterEffect: true })],
  [30, "slow before the effect", (dice) => ({ delayMs: dice.whole(200, 3_000) })],
  [30, "slow after the effect", (dice) => ({ delayMs: dice.whole(200, 3_000), afterEffect: true })],
  [2, "timeout after the effect", () => ({ delayMs: hangMs, afterEffect: true })],
];

const operations: readonly Lot<FaultInput>[] = [
  ...writes,
  [
    30,
    "operation fails",
    () => ({ operation: { code: "InjectedFailure", message: "A failure that was switched on." } }),
  ],
];

const storage: readonly Lot<ProxyFault>[] = [
  [3, "500", () => ({ status: 500 })],
  [3, "503", () => ({ status: 503 })],
  [2, "reset before the effect", () => ({ cut: "before" })],
  [2, "reset after the effect", () => ({ cut: "after" })],
  [5, "slow", (dice) => ({ delayMs: dice.whole(100, 2_000) })],
];

const events: readonly Lot<EventFaults>[] = [
  [120, "dropped", () => ({ drop: true })],
  [150, "duplicated", (dice) => ({ duplicates: dice.whole(1, 3) })],
  [150, "delayed", (dice) => ({ delaySeconds: dice.whole(50, 300) })],
  [100, "delayed and duplicated", (dice) => ({ delaySeconds: dice.whole(20, 200), duplicates: 1 })],
];
