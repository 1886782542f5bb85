import { randomUUID } from "node:crypto";

import { sameId } from "./arm-id.ts";

/** A long-running operation. It "runs" only in that nobody sees its effect before `endsAt`. */
export interface Operation {
  readonly id: string;
  readonly resourceId: string;
  /** What the resource's provisioningState reads meanwhile; undefined leaves it alone. */
  readonly state: "Creating" | "Updating" | "Deleting" | undefined;
  readonly startedAt: number;
  readonly endsAt: number;
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  /** Applies the effect (success only) and tells the world; called once, with `endsAt`. */
  readonly settle: (at: number) => void;
  /** Whether the answer to a finished poll carries the resource. */
  readonly answersResource: boolean;
  settled: boolean;
  /** When its caller was last told to wait, to recognise polls that come too early. */
  toldAt: number;
}

export type NewOperation = Omit<Operation, "id" | "settled" | "toldAt">;

/** Computed from the clock alone: whoever looks at the world first settles what is due. */
export class Operations {
  readonly #all = new Map<string, Operation>();
  /** Called with the time an operation ends, so that its event need not wait for somebody to look. */
  onStart: (endsAt: number) => void = () => undefined;

  start(operation: NewOperation): Operation {
    const started = { ...operation, id: randomUUID(), settled: false, toldAt: operation.startedAt };
    this.#all.set(started.id, started);
    this.onStart(started.endsAt);
    return started;
  }

  find(id: string): Operation | undefined {
    return this.#all.get(id.toLowerCase());
  }

  /** The operation that runs on this resource at this time, if any. */
  running(resourceId: string, at: number): Operation | undefined {
    return [...this.#all.values()].find(
      (one) => one.startedAt <= at && at < one.endsAt && sameId(one.resourceId, resourceId),
    );
  }

  /** Applies, in order, everything that has ended by now. */
  settle(now: number): void {
    const due = [...this.#all.values()].filter((one) => !one.settled && one.endsAt <= now);
    for (const operation of due.sort((a, b) => a.endsAt - b.endsAt)) {
      operation.settled = true;
      operation.settle(operation.endsAt);
    }
  }
}
