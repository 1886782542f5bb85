import { describe, expect, it } from "vitest";
import { AzureFailure } from "../../src/core/failure.ts";
import { formatId } from "../../src/core/arm-id.ts";
import { sweep, type SweepPorts, type SweepRecord, summarise } from "../../src/core/sweep.ts";
import type { Policy } from "../../src/core/policy.ts";
import { home, second, workspaceId } from "./ids.ts";
import { policyOf } from "./samples.ts";
import { Stores } from "./stores.ts";
import { VirtualClock } from "./virtual-clock.ts";

const [a, b, c] = ["a", "b", "c"].map((name) => formatId(workspaceId(name))) as [string, string, string];
const elsewhere = formatId(workspaceId("d", second));
const unreadable = new AzureFailure({ kind: "missingPermission", message: "You may not list the workspaces." });

interface Fleet {
  readonly listed: Record<string, readonly (string | Error)[]>;
  readonly remembered?: Record<string, readonly (string | Error)[]>;
}

const over = (...subscriptions: readonly string[]): Policy => policyOf({ subscriptions });
const throttled = new AzureFailure({ kind: "throttled", message: "429", retryAfterMs: 90_000 });

async function* inTurn(items: readonly (string | Error)[] = []): AsyncGenerator<string> {
  for (const item of items) {
    await Promise.resolve();
    if (item instanceof Error) throw item;
    yield item;
  }
}

function setting({ listed, remembered = {} }: Fleet) {
  const clock = new VirtualClock();
  const stores = new Stores(clock);
  const records: SweepRecord[] = [];
  const ports: SweepPorts = {
    clock,
    newId: () => "1",
    fleet: {
      workspaces: (subscription) => inTurn(listed[subscription]),
      remembered: (subscription) => inTurn(remembered[subscription]),
    },
    inbox: stores.inbox,
    queue: stores.queue,
    records: {
      save: (record) => {
        records.push(record);
        return Promise.resolve();
      },
    },
  };
  return { ports, records, requested: () => stores.messages.map(({ message }) => message.workspaceId) };
}

describe("a sweep", () => {
  it("asks for a look at every workspace of every subscription", async () => {
    const { ports, requested } = setting({ listed: { [home]: [a, b], [second]: [elsewhere] } });
    const record = await sweep(over(home, second), ports);
    expect(requested()).toEqual([a, b, elsewhere]);
    expect(record).toMatchObject({ id: "1", seen: 3, requested: 3, errors: [] });
    const inbox = await ports.inbox.list(workspaceId("a"));
    expect(inbox).toEqual([{ id: "sweep-1", cause: "sweep", acceptedAt: record.startedAt }]);
  });

  it("looks at subscriptions of the policy only", async () => {
    const { ports, requested } = setting({ listed: { [home]: [a], [second]: [elsewhere] } });
    await sweep(over(home), ports);
    expect(requested()).toEqual([a]);
  });

  it("asks as well for what is remembered and listed no more, and once for what is both", async () => {
    const { ports, requested } = setting({ listed: { [home]: [a] }, remembered: { [home]: [a.toUpperCase(), c] } });
    expect(await sweep(over(home), ports)).toMatchObject({ seen: 1, requested: 2 });
    expect(requested()).toEqual([a, c]);
  });

  it("goes on after a subscription that cannot be read, and names it", async () => {
    const { ports, requested } = setting({ listed: { [home]: [unreadable], [second]: [elsewhere] } });
    const record = await sweep(over(home, second), ports);
    expect(requested()).toEqual([elsewhere]);
    expect(record.errors).toEqual([{ subject: `/subscriptions/${home}`, message: "You may not list the workspaces." }]);
  });

  it("asks for what is remembered also where a list broke off: the looks tell what is gone", async () => {
    const { ports, requested } = setting({ listed: { [home]: [a, unreadable] }, remembered: { [home]: [a, b] } });
    expect(await sweep(over(home), ports)).toMatchObject({ seen: 1, requested: 2 });
    expect(requested()).toEqual([a, b]);
  });

  it("lists a subscription again that was throttled, when the others are done, within minutes", async () => {
    const { ports, requested } = setting({ listed: { [second]: [elsewhere] } });
    const answers: (string | Error)[][] = [[a, throttled], [throttled], [a, b]];
    const workspaces = (subscription: string): AsyncIterable<string> =>
      subscription === home ? inTurn(answers.shift()) : inTurn([elsewhere]);
    const record = await sweep(over(home, second), { ...ports, fleet: { ...ports.fleet, workspaces } });
    expect(record).toMatchObject({ seen: 3, requested: 3, errors: [] });
    expect(requested()).toEqual([a, elsewhere, b]);
    expect((record.finishedAt ?? 0) - record.startedAt).toBe(120_000);
  });

  it("names a subscription that stays throttled, after five tries", async () => {
    let tries = 0;
    const { ports } = setting({ listed: {} });
    const workspaces = (): AsyncIterable<string> => {
      tries += 1;
      return inTurn([throttled]);
    };
    const record = await sweep(over(home), { ...ports, fleet: { ...ports.fleet, workspaces } });
    expect(record.errors).toEqual([{ subject: `/subscriptions/${home}`, message: "429" }]);
    expect(tries).toBe(5);
  });

  it("goes on after a strange id, and names it", async () => {
    const { ports, requested } = setting({ listed: { [home]: [a, "/strange", b] } });
    const record = await sweep(over(home), ports);
    expect(requested()).toEqual([a, b]);
    expect(record).toMatchObject({ seen: 3, requested: 2 });
    expect(record.errors).toEqual([
      { subject: "/strange", message: expect.stringContaining("segment 1 is") as string },
    ]);
  });

  it("is on record when it begins and when it ends", async () => {
    const { ports, records } = setting({ listed: { [home]: [a] } });
    const record = await sweep(over(home), ports);
    expect(records).toEqual([{ id: "1", startedAt: record.startedAt, seen: 0, requested: 0, errors: [] }, record]);
    expect(record.finishedAt).toBe(record.startedAt);
  });

  it("throws what a store throws at the end, and goes on with the rest of the fleet before", async () => {
    const { ports, records } = setting({ listed: { [home]: [a] } });
    const queue = { send: () => Promise.reject(new Error("Storage is away.")) };
    await expect(sweep(over(home), { ...ports, queue })).rejects.toThrow("Storage is away.");
    expect(records.at(-1)).toMatchObject({ seen: 1, requested: 0 });
    expect(records.at(-1)?.errors).toEqual([
      { subject: `/subscriptions/${home}`, message: expect.stringContaining("Storage is away.") as string },
    ]);
  });

  it("asks again for what storage could not take at first, and for nothing twice", async () => {
    const { ports, requested } = setting({ listed: { [home]: [a, b, c] } });
    let calls = 0;
    const put: typeof ports.inbox.put = (...given) => {
      calls += 1;
      return calls === 2 ? Promise.reject(new Error("Storage is away.")) : ports.inbox.put(...given);
    };
    const record = await sweep(over(home), { ...ports, inbox: { ...ports.inbox, put } });
    expect(record).toMatchObject({ seen: 3, requested: 3, errors: [] });
    expect(requested()).toEqual([a, c, b]);
  });

  it("throws what is wrong with ourselves", async () => {
    const { ports } = setting({ listed: { [home]: [new TypeError("ours")] } });
    await expect(sweep(over(home), ports)).rejects.toThrow("ours");
  });
});

it("the line about a sweep counts, and tells each error", () => {
  const record = { id: "1", startedAt: 0, seen: 3, requested: 2 };
  expect(summarise({ ...record, errors: [] })).toBe("3 workspaces seen, 2 to be looked at, 0 errors");
  expect(summarise({ ...record, errors: [{ subject: "/x", message: "no" }] })).toBe(
    "3 workspaces seen, 2 to be looked at, 1 errors; /x: no",
  );
});
