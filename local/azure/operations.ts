import { randomUUID } from "node:crypto";

import { idKey } from "./arm-id.ts";
import type { Json } from "./resource.ts";

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
  /** Of an operation that changes nothing: what a finished poll is answered. It keeps nothing else from going on. */
  readonly report?: () => Json;
  /** When its caller was last told to wait, to recognise polls that come too early. */
  toldAt: number;
}

export type NewOperation = Omit<Operation, "id" | "toldAt">;

/** Computed from the clock alone: whoever looks at the world first settles what is due. */
export class Operations {
  readonly #byId = new Map<string, Operation>();
  readonly #byResource = new Map<string, Operation[]>();
  #unsettled: Operation[] = [];
  readonly #onChange: (at: number) => void;
  /** Called with the time an operation ends, so that its event need not wait for somebody to look. */
  onStart: (endsAt: number) => void = () => undefined;

  /** `onChange` is told of the times at which what resources show of operations changes. */
  constructor(onChange: (at: number) => void = () => undefined) {
    this.#onChange = onChange;
  }

  start(operation: NewOperation): Operation {
    const started = { ...operation, id: randomUUID(), toldAt: operation.startedAt };
    const key = idKey(operation.resourceId);
    this.#byId.set(started.id, started);
    if (started.report === undefined) this.#byResource.set(key, [...(this.#byResource.get(key) ?? []), started]);
    this.#unsettled.push(started);
    this.#onChange(started.startedAt);
    this.#onChange(started.endsAt);
    this.onStart(started.endsAt);
    return started;
  }

  find(id: string): Operation | undefined {
    return this.#byId.get(id.toLowerCase());
  }

  /** The operation that runs on this resource at this time, if any. */
  running(resourceId: string, at: number): Operation | undefined {
    return this.#byResource.get(idKey(resourceId))?.find((one) => one.startedAt <= at && at < one.endsAt);
  }

  /** Applies, in order, everything that has ended by now. */
  settle(now: number): void {
    const due = this.#unsettled.filter((one) => one.endsAt <= now);
    if (due.length === 0) return;
    this.#unsettled = this.#unsettled.filter((one) => one.endsAt > now);
    for (const operation of due.sort((a, b) => a.endsAt - b.endsAt)) operation.settle(operation.endsAt);
  }
}
