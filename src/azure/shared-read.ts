import { AzureFailure } from "../core/failure.ts";

/** One read on its way, and all who wait for it. It is given up when none of them waits any more. */
export class SharedRead<Fact> {
  readonly startedAt: number;
  readonly #answer: Promise<Fact>;
  readonly #giveUp = new AbortController();
  #waiting = 0;
  #isAnswered = false;

  /**
   * Begins to read.
   * @param startedAt ms since the epoch
   */
  constructor(startedAt: number, read: (signal: AbortSignal) => Promise<Fact>) {
    this.startedAt = startedAt;
    this.#answer = read(this.#giveUp.signal).finally(() => {
      this.#isAnswered = true;
    });
  }

  /** Whether it is no use to join any more. */
  get isOver(): boolean {
    return this.#isAnswered || this.#giveUp.signal.aborted;
  }

  /**
   * Waits for the answer.
   * @throws AzureFailure when `signal` is aborted, which leaves the others waiting; and what the read throws
   */
  join(signal: AbortSignal): Promise<Fact> {
    this.#waiting += 1;
    return new Promise<Fact>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting -= 1;
        if (this.#waiting === 0) this.#giveUp.abort();
        const message = "A read of Azure was given up: what waited for it was aborted.";
        reject(new AzureFailure({ kind: "transient", message }, { cause: signal.reason }));
      };
      const stay = (): void => {
        signal.removeEventListener("abort", leave);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#answer.then(resolve, reject).finally(stay);
      if (signal.aborted) leave();
    });
  }
}
