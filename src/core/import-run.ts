import { type Action, describe } from "./actions.ts";
import { AzureFailure } from "./failure.ts";
import type { Plan } from "./plan.ts";
import type { Clock } from "./ports.ts";
import { endingOf, type TimedEnding } from "./retry.ts";
import { hasNoOutcome } from "./settled.ts";

/** Does one thing to an import. Answers an ending while the import runs. */
type Step = () => Promise<TimedEnding | undefined>;

/**
 * The imports of one look: one after the other, as each copies gigabytes within Azure, and without harm to the rest of the look,
 * which goes on whatever becomes of them.
 */
export class ImportRun {
  readonly #clock: Clock;
  readonly #budgetMs: number;
  readonly #failed = new Set<string>();
  /** How the look ends as far as imports are concerned, while one runs or when one failed. */
  #end: TimedEnding | undefined;

  /** @param budgetMs after how long no further import is begun */
  constructor(clock: Clock, budgetMs: number) {
    this.#clock = clock;
    this.#budgetMs = budgetMs;
  }

  /**
   * Goes on with the import that an earlier look began.
   * @throws AzureFailure of kind `leaseLost`, and what is no failure of Azure
   */
  resume(description: string, go: Step): Promise<void> {
    return this.#step(description, go);
  }

  /**
   * Makes the imports among these actions, until one runs on.
   * @throws as `resume`
   */
  async make(actions: readonly Action[], act: (action: Action) => Promise<TimedEnding | undefined>): Promise<void> {
    const until = this.#clock.now() + this.#budgetMs;
    for (const action of actions) {
      if (action.kind !== "ImportImage") continue;
      if (this.#end?.kind === "waiting") return;
      if (this.#clock.now() >= until) {
        const message = "The time that one look has for imports is up: the others are made by the next ones.";
        this.#end = { kind: "waiting", reason: "OperationInProgress", message, notBefore: this.#clock.now() };
        return;
      }
      await this.#step(describe(action), () => act(action));
    }
  }

  /**
   * A plan without the imports that are not to be sent now: none while one runs, and no failed one in the same look again. The
   * imports say how the look ends where the rest waits for nothing: as everywhere, what is waited for comes before what
   * somebody has to mend.
   */
  rest(plan: Plan): Plan {
    const end = this.#end;
    if (end === undefined) return plan;
    const isLeft = (action: Action): boolean =>
      action.kind !== "ImportImage" || (end.kind !== "waiting" && !this.#failed.has(describe(action)));
    const { kind } = plan.ending;
    const comesFirst = kind === "settled" || (kind === "blocked" && end.kind === "waiting");
    return { ...plan, actions: plan.actions.filter(isLeft), ending: comesFirst ? end : plan.ending };
  }

  async #step(description: string, go: Step): Promise<void> {
    let end: TimedEnding | undefined;
    try {
      end = await go();
    } catch (error) {
      if (!(error instanceof AzureFailure) || hasNoOutcome(error)) throw error;
      this.#failed.add(description);
      end = endingOf(error.failure, this.#clock.now());
    }
    if (end !== undefined && (this.#end === undefined || end.kind === "waiting")) this.#end = end;
  }
}
