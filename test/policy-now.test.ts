import { describe, expect, test } from "vitest";
import { AzureFailure } from "../src/core/failure.ts";
import type { KnownPolicy } from "../src/core/fleet.ts";
import { policyNow } from "../src/policy-now.ts";
import { policyOf } from "./core/samples.ts";
import { VirtualClock } from "./core/virtual-clock.ts";

const denied = new AzureFailure({ kind: "missingPermission", message: "You may not see it." });
const subject = "/providers/Microsoft.Management/managementGroups/b";
const minute = 60_000;

type Lists = Record<string, readonly string[] | Error>;

/** Two processes of an app that looks after the subscription "own" and the management groups a and b. */
function setting(azure: Lists, stored: Record<string, readonly string[]> = {}) {
  const clock = new VirtualClock();
  const rows = new Map(Object.entries(stored));
  const calls: string[] = [];
  const state = { azure, isStorageAway: false };
  const answer = <Value>(call: string, value: Value | Error | undefined): Promise<Value> => {
    calls.push(call);
    if (value === undefined) throw new Error(`Nobody expected ${call}.`);
    return value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
  };
  const ports = {
    clock,
    subscriptionsIn: (group: string) => answer(`ask ${group}`, state.azure[group]),
    store: {
      all: () => answer("read", state.isStorageAway ? new Error("Storage is away.") : new Map(rows)),
      put: (group: string, ids: readonly string[]) => {
        rows.set(group, ids);
        return answer(`put ${group}`, null).then(() => undefined);
      },
    },
  };
  const process = () => policyNow(policyOf({ subscriptions: ["own"] }), ["a", "b"], ports);
  return { clock, state, rows, process, calls: () => calls.splice(0) };
}

const subscriptionsOf = ({ policy }: KnownPolicy): readonly string[] => policy.subscriptions;

describe("a policy over management groups", () => {
  test("without any is as the settings have it, and asks nobody", async () => {
    const policy = policyOf({ subscriptions: ["own"] });
    const nobody = new Proxy({}, { get: (_, name) => expect.fail(`${String(name)} was asked.`) }) as never;
    const now = policyNow(policy, [], nobody);
    for (const known of [await now.known(), await now.stored(), await now.found()])
      expect(known).toEqual({ policy, problems: [] });
  });

  test("is what is stored, read once in five minutes", async () => {
    const { process, calls, clock, rows } = setting({}, { a: ["1", "own"], b: ["2"], "no longer named": ["3"] });
    const now = process();
    const both = await Promise.all([now.known(), now.known()]);
    expect(both.map(subscriptionsOf)).toEqual([
      ["own", "1", "2"],
      ["own", "1", "2"],
    ]);
    rows.set("b", ["4"]);
    clock.advance(5 * minute - 1);
    expect(subscriptionsOf(await now.known())).toEqual(["own", "1", "2"]);
    expect(calls()).toEqual(["read"]);
    clock.advance(1);
    expect(subscriptionsOf(await now.known())).toEqual(["own", "1", "4"]);
    expect(calls()).toEqual(["read"]);
  });

  test("is read again at once where it matters", async () => {
    const { process, rows } = setting({}, { a: [], b: ["2"] });
    const now = process();
    await now.known();
    rows.set("a", ["1"]);
    expect(subscriptionsOf(await now.stored())).toEqual(["own", "1", "2"]);
    expect(subscriptionsOf(await now.known())).toEqual(["own", "1", "2"]);
  });

  test("asks Azure about a group of which nothing is stored, once for all who need it, and stores that", async () => {
    const { process, calls, rows } = setting({ b: ["2"] }, { a: ["1"] });
    const now = process();
    const all = await Promise.all([now.stored(), now.stored(), now.known()]);
    expect(all.map(subscriptionsOf)).toEqual([1, 2, 3].map(() => ["own", "1", "2"]));
    expect(calls().filter((call) => call !== "read")).toEqual(["ask b", "put b"]);
    expect(rows.get("b")).toEqual(["2"]);
  });

  test("goes on without a group that it cannot ask about, says so, and asks again after a minute", async () => {
    const { process, calls, clock, state } = setting({ b: denied }, { a: ["1"] });
    const now = process();
    for (const known of [await now.known(), await now.stored()]) {
      expect(subscriptionsOf(known)).toEqual(["own", "1"]);
      expect(known.problems).toEqual([{ subject, message: "You may not see it." }]);
    }
    expect(calls()).toEqual(["read", "ask b", "read"]);
    state.azure = { b: ["2"] };
    clock.advance(minute);
    expect(subscriptionsOf(await now.stored())).toEqual(["own", "1", "2"]);
  });

  test("is found anew for a sweep, for other processes as well", async () => {
    const { process, calls } = setting({ a: ["3"], b: [] }, { a: ["1"], b: ["2"] });
    const [sweeping, other] = [process(), process()];
    await sweeping.known();
    calls();
    const found = await sweeping.found();
    expect(subscriptionsOf(found)).toEqual(["own", "3"]);
    expect(found.problems).toMatchObject([{ subject, message: expect.stringContaining("it is empty, or") as unknown }]);
    expect(subscriptionsOf(await sweeping.known())).toEqual(["own", "3"]);
    expect(calls()).toEqual(["ask a", "ask b", "put a", "put b", "read"]);
    expect(subscriptionsOf(await other.known())).toEqual(["own", "3"]);
  });

  test("keeps what is stored of a group that a sweep cannot ask about", async () => {
    const { process, rows } = setting({ a: ["3"], b: denied }, { a: ["1"], b: ["2"] });
    const found = await process().found();
    expect(subscriptionsOf(found)).toEqual(["own", "3", "2"]);
    expect(found.problems).toEqual([{ subject, message: "You may not see it." }]);
    expect(rows.get("b")).toEqual(["2"]);
  });

  test("throws what storage and our own mistakes throw, and is asked for anew after that", async () => {
    const { process, state } = setting({ a: ["1"], b: new TypeError("ours") });
    const now = process();
    state.isStorageAway = true;
    await expect(now.known()).rejects.toThrow("Storage is away.");
    state.isStorageAway = false;
    await expect(now.known()).rejects.toThrow("ours");
    await expect(now.found()).rejects.toThrow("ours");
    state.azure = { a: ["1"], b: ["2"] };
    expect(subscriptionsOf(await now.known())).toEqual(["own", "1", "2"]);
  });
});
