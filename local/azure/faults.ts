import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

import type { Answer } from "./route.ts";

const faultSchema = z.strictObject({
  /** All that are given must match. */
  match: z
    .strictObject({
      method: z.string().optional(),
      /** Source of a regular expression, without regard to case. */
      path: z.string().optional(),
      /** The RBAC action, without regard to case. */
      action: z.string().optional(),
    })
    .default({}),
  /** How many requests it hits; every one when not given. */
  times: z.int().min(1).optional(),
  /** The answer given instead of ARM's. */
  respond: z
    .strictObject({
      status: z.int().min(100).max(599),
      code: z.string().optional(),
      message: z.string().optional(),
      /** As Resource Graph says what went wrong. */
      details: z.array(z.strictObject({ code: z.string(), message: z.string() })).optional(),
      headers: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  /** Real milliseconds by which the answer is late: before the effect, or after it with `afterEffect`. */
  delayMs: z.number().min(0).optional(),
  /** The connection is cut instead of an answer. */
  reset: z.boolean().optional(),
  /** `respond` and `reset` come only after the request took effect: the answer is lost, not the deed. */
  afterEffect: z.boolean().optional(),
  /** The long-running operation that the request starts ends as a failure. */
  operation: z.strictObject({ code: z.string(), message: z.string() }).optional(),
});

export type Fault = z.output<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;

/** Checks one fault; throws naming what is wrong. */
export function parseFault(input: FaultInput | undefined): Fault | undefined {
  return input && faultSchema.parse(input);
}

/** The faults that are switched on, in order; the first one that matches a request hits it. */
export class Faults {
  #faults: { fault: Fault; left: number; path: RegExp }[] = [];

  /** Replaces them all; throws, changing nothing, when one of them is wrong. */
  replace(input: unknown): void {
    const parsed = z.array(faultSchema).safeParse(input);
    if (!parsed.success) throw new TypeError(`Faults: ${z.prettifyError(parsed.error)}`);
    this.#faults = parsed.data.map((fault) => ({
      fault,
      left: fault.times ?? Infinity,
      path: new RegExp(fault.match.path ?? "", "i"),
    }));
  }

  /** Those that can still hit, `times` being how often. */
  remaining(): Fault[] {
    return this.#faults
      .filter(({ left }) => left > 0)
      .map(({ fault, left }) => ({ ...fault, ...(Number.isFinite(left) && { times: left }) }));
  }

  take(method: string, path: string, action: string | null): Fault | undefined {
    const hit = this.#faults.find(
      ({ fault: { match }, left, path: pattern }) =>
        left > 0 &&
        (match.method ?? method).toUpperCase() === method &&
        pattern.test(path) &&
        (match.action ?? action ?? "").toLowerCase() === (action ?? "").toLowerCase(),
    );
    if (hit) hit.left -= 1;
    return hit?.fault;
  }
}

/** So many milliseconds, of real time. */
export async function pause(ms: number | undefined): Promise<void> {
  if (ms !== undefined) await sleep(ms, undefined, { ref: false });
}

/** What is answered instead, if anything is. */
export function faultAnswer({ respond, reset }: Fault): Answer | undefined {
  if (reset === true) return { status: 0 };
  if (!respond) return undefined;
  const { status, code = "InjectedFault", message = "A fault that was switched on.", headers = {}, details } = respond;
  return status < 400 ? { status, headers } : { status, headers, body: { error: { code, message, details } } };
}
