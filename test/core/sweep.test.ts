import { describe, expect, it } from "vitest";
import { formatId } from "../../src/core/arm-id.ts";
import { AzureFailure } from "../../src/core/failure.ts";
import type { FleetReads } from "../../src/core/fleet.ts";
import type { ObservedRegistry } from "../../src/core/observation.ts";
import { sweep } from "../../src/core/sweep.ts";
import { summarise } from "../../src/core/sweep-record.ts";
import { home, second, workspaceId } from "./ids.ts";
import { contoso, memoryOf, registryOf, workspaceOf } from "./samples.ts";
import { a, attachedOne, b, c, inTurn, known, over, setting } from "./sweeping.ts";

const elsewhere = formatId(workspaceId("d", second));
const unreadable = new AzureFailure({ kind: "missingPermission", message: "You may not list the workspaces." });
const throttled = new AzureFailure({ kind: "throttled", message: "429", retryAfterMs: 90_000 });

describe("a sweep", () => {
  it("asks for a look at every workspace of which nothing is remembered, page after page", async () => {
    const { sweep, ports, requested } = setting({ shown: [[a, b], [elsewhere]] });
    const record = await sweep(over(home, second));
    expect(requested()).toEqual([a, b, elsewhere]);
    expect(record).toMatchObject({ id: "1", seen: 3, requested: 3, nominated: { NotRemembered: 3 }, errors: [] });
    const inbox = await ports.inbox.list(workspaceId("a"));
    expect(inbox).toEqual([{ id: "sweep-1", cause: "sweep", acceptedAt: record.startedAt }]);
  });

  it("asks as well for what is remembered and shown no more, in whatever subscription of the policy", async () => {
    const { sweep, requested } = setting({ shown: [[a]], remembered: [a.toUpperCase(), c, elsewhere] });
    expect(await sweep(over(home, second))).toMatchObject({
      seen: 1,
      requested: 3,
      nominated: { PullNotGranted: 1, NotListed: 2 },
    });
    expect(requested().sort()).toEqual([a, c, elsewhere].sort());
  });

  it("asks for the look that was to make sure that one is gone only when it should have come long ago", async () => {
    const { sweep, requested, stores, clock } = setting({ shown: [[a]], remembered: [b, c] });
    const gone = (id: string, nextLookAt: number): void => {
      const memory = memoryOf({ workspaceId: id, outcome: { kind: "gone" }, nextLookAt });
      stores.memories.set(id.toLowerCase(), memory);
    };
    gone(b, clock.now() - 3_600_000);
    gone(c, clock.now() + 60_000);
    expect(await sweep(over(home))).toMatchObject({ nominated: { NotRemembered: 1, Overdue: 1 } });
    expect(requested()).toEqual([a, b]);
  });

  it("asks Azure Resource Manager where nothing is shown, as what may not be read is left out without a word", async () => {
    const { sweep, requested } = setting({ shown: [[a]], listed: { [second]: [elsewhere] } });
    const record = await sweep(over(home, second));
    expect(requested()).toEqual([a, elsewhere]);
    expect(record).toMatchObject({ seen: 2, nominated: { NotRemembered: 1, NotShown: 1 }, unreadable: [], errors: [] });
  });

  it("names a subscription that cannot be read, and has what is remembered of it looked at", async () => {
    const { sweep, requested } = setting({ shown: [[a]], listed: { [second]: [unreadable] }, remembered: [elsewhere] });
    const record = await sweep(over(home, second));
    expect(requested()).toEqual([a, elsewhere]);
    expect(record.unreadable).toEqual([second]);
    expect(record.errors).toEqual([
      { subject: `/subscriptions/${second}`, message: "You may not list the workspaces." },
    ]);
  });

  it("goes on after a row that cannot be read, and names it", async () => {
    const { sweep, ports, requested } = setting({});
    const page = { rows: [attachedOne(a)], unreadable: [{ subject: "/strange", message: "No id." }] };
    const record = await sweep(over(home), { fleet: { ...ports.fleet, workspaces: () => inTurn([page]) } });
    expect(requested()).toEqual([a]);
    expect(record).toMatchObject({ seen: 2, requested: 1, errors: page.unreadable });
  });

  it("is on record when it begins and when it ends", async () => {
    const { sweep, stores } = setting({ shown: [[a]] });
    const record = await sweep();
    const { id, startedAt, finishedAt } = record;
    expect(stores.sweeps).toMatchObject([{ id, startedAt, seen: 0, requested: 0 }, record]);
    expect(stores.sweeps[0]?.finishedAt).toBeUndefined();
    expect([finishedAt, record.queries]).toEqual([startedAt, 7]);
  });

  it("tells meanwhile how far it has come", async () => {
    const { sweep, stores, ports, clock } = setting({ shown: [[a], [b], [c]] });
    const queue: typeof ports.queue = {
      send: async (message, delayMs) => {
        clock.advance(3_000);
        await ports.queue.send(message, delayMs);
      },
    };
    await sweep(over(home), { queue });
    expect(stores.sweeps.map(({ requested, finishedAt }) => [requested, finishedAt !== undefined])).toEqual([
      [0, false],
      [2, false],
      [3, true],
    ]);
  });

  it("is not begun while another is under way", async () => {
    const { ports } = setting({ shown: [[a]] });
    const both = await Promise.all([sweep(known(over(home)), ports), sweep(known(over(home)), ports)]);
    expect(both.filter((record) => record === undefined)).toHaveLength(1);
    expect(await sweep(known(over(home)), ports)).toBeDefined();
  });

  it("asks what to sweep only where it may sweep", async () => {
    const { ports } = setting({ shown: [[a]] });
    const records = { ...ports.records, hold: () => Promise.resolve(undefined) };
    const scope = () => Promise.reject(new Error("asked"));
    expect(await sweep(scope, { ...ports, records })).toBeUndefined();
    await expect(sweep(scope, ports)).rejects.toThrow("asked");
    expect(await sweep(known(over(home)), ports)).toBeDefined();
  });

  it("does not ask again for what it has asked for itself, however long it takes", async () => {
    const { ports, stores, clock, sweep } = setting({ shown: [[a], [b]] });
    const workspaces: FleetReads["workspaces"] = async function* () {
      for await (const page of ports.fleet.workspaces([])) {
        clock.advance(10 * 60_000);
        yield page;
      }
    };
    const record = await sweep(over(home), { fleet: { ...ports.fleet, workspaces } });
    expect(record).toMatchObject({ requested: 2, nominated: { NotRemembered: 2 } });
    expect(stores.messages).toHaveLength(2);
  });

  it("stops when another has taken over, and leaves the record to it", async () => {
    const { ports, stores } = setting({ shown: [[a], [b]] });
    const hold = () => Promise.resolve({ keep: () => Promise.resolve(false), release: () => Promise.resolve() });
    const record = await sweep(known(over(home)), { ...ports, records: { ...ports.records, hold } });
    expect(record?.failedAt).toBeDefined();
    expect(stores.sweeps).toEqual([]);
  });

  it("is given up, and says so, when the fleet is not shown to the end", async () => {
    const { sweep, stores } = setting({ shown: [[a], unreadable] });
    const record = await sweep();
    expect(record).toMatchObject({ requested: 1, failedAt: record.startedAt });
    expect(record.errors).toEqual([{ subject: "the sweep", message: "You may not list the workspaces." }]);
    expect(record.finishedAt).toBeUndefined();
    expect(stores.sweeps.at(-1)).toEqual(record);
  });

  it("has on record what was known before not to be swept", async () => {
    const { ports, stores } = setting({ shown: [[a]] });
    const errors = [{ subject: "/a/group", message: "Nobody knows what is in it." }];
    expect(await sweep(known(over(home), errors), ports)).toMatchObject({ requested: 1, errors });
    expect(stores.sweeps).toMatchObject([{ errors }, { errors }]);
  });

  it("throws what a store throws, so that it is begun again", async () => {
    const { sweep, stores } = setting({ shown: [[a]] });
    const queue = { send: () => Promise.reject(new Error("Storage is away.")) };
    await expect(sweep(over(home), { queue })).rejects.toThrow("Storage is away.");
    expect(stores.sweeps.at(-1)).toMatchObject({ requested: 0 });
    expect(await sweep()).toMatchObject({ requested: 1 });
  });

  it("throws what is wrong with ourselves", async () => {
    const { sweep } = setting({ shown: [new TypeError("ours")] });
    await expect(sweep()).rejects.toThrow("ours");
  });

  it("reads each registry once, again where Azure was too busy, and no more than five times", async () => {
    const answers: (Error | ObservedRegistry)[] = [throttled, registryOf()];
    let reads = 0;
    const read = (): Promise<ObservedRegistry> => {
      const answer = answers[reads] ?? throttled;
      reads += 1;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    const busy = setting({ shown: [[a, b]], registry: read });
    expect((await busy.sweep()).errors).toEqual([]);
    expect(reads).toBe(2);
    const away = setting({ shown: [[a, b]], remembered: [a, b], registry: read });
    const record = await away.sweep();
    expect(reads).toBe(7);
    expect(record).toMatchObject({
      nominated: { NotReady: 2 },
      errors: [{ subject: formatId(contoso), message: "429" }],
    });
  });

  it("tells what enforcing would change, for each registry", async () => {
    const { sweep, ports } = setting({});
    const rows = [workspaceOf({ id: workspaceId("a") }), attachedOne(b)];
    const workspaces: typeof ports.fleet.workspaces = () => inTurn([{ rows, unreadable: [] }]);
    const record = await sweep({ ...over(home), mode: "audit" }, { fleet: { ...ports.fleet, workspaces } });
    expect(record.drift).toEqual([
      { registryId: formatId(contoso), workspaces: 2, attachments: 1, grants: 1, keySyncs: 2 },
    ]);
  });
});

it("a sweep asks for what has a request that nobody came for: its message may have been lost with a process", async () => {
  const { ports, sweep, clock, requested } = setting({});
  const accepted = { cause: "http", acceptedAt: clock.now() } as const;
  await ports.inbox.put(workspaceId("a"), { id: "1", ...accepted });
  await ports.inbox.put(workspaceId("a"), { id: "2", ...accepted });
  await ports.inbox.put(workspaceId("b"), { id: "3", ...accepted, cause: "scheduled" });
  expect(await sweep()).toMatchObject({ requested: 0 });
  clock.advance(3 * 60_000);
  expect(await sweep()).toMatchObject({ requested: 1, nominated: { RequestOpen: 1 } });
  expect(requested().map((id) => id.toLowerCase())).toEqual([a.toLowerCase()]);
});

it("a sweep keeps the first hundred errors, and counts the rest", async () => {
  const { ports, sweep } = setting({});
  const unreadable = Array.from({ length: 50_000 }, (_, index) => ({ subject: `/${index}`, message: "No id." }));
  const workspaces: typeof ports.fleet.workspaces = () => inTurn([{ rows: [], unreadable }]);
  const { errors, seen } = await sweep(over(home), { fleet: { ...ports.fleet, workspaces } });
  expect([errors.length, errors.at(-1)?.message, seen]).toEqual([101, "49900 more errors are not kept.", 50_000]);
});

it("a row that comes again on a later page, and an identity that several share, count once", async () => {
  const { requested, sweep } = setting({
    shown: [
      [a, b],
      [b, c],
    ],
  });
  expect(await sweep()).toMatchObject({ seen: 3, requested: 3, drift: [{ workspaces: 3, grants: 1 }] });
  expect(requested()).toEqual([a, b, c]);
});

it("waiting for a registry that Azure does not describe keeps the right to sweep", async () => {
  const { ports, sweep, clock } = setting({ shown: [[a]], registry: () => Promise.reject(throttled) });
  let [keptAt, longestMs] = [clock.now(), 0];
  const keep = (): Promise<boolean> => {
    longestMs = Math.max(longestMs, clock.now() - keptAt);
    keptAt = clock.now();
    return Promise.resolve(true);
  };
  const hold = () => Promise.resolve({ keep, release: () => Promise.resolve() });
  await sweep(over(home), { records: { ...ports.records, hold } });
  expect(longestMs).toBe(60_000);
});

it("the line about a sweep counts, and tells each error", async () => {
  const record = await setting({ shown: [[a]] }).sweep();
  expect(summarise(record)).toBe("1 workspaces seen, 1 to be looked at (1 NotRemembered), 0 errors");
  expect(summarise({ ...record, requested: 0, nominated: {}, errors: [{ subject: "/x", message: "no" }] })).toBe(
    "1 workspaces seen, 0 to be looked at, 1 errors; /x: no",
  );
  expect(summarise({ ...record, failedAt: 1 })).toMatch(/^given up after 1 workspaces seen/);
});
