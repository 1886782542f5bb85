import { describe, expect, test } from "vitest";

import { FactCache } from "../../src/azure/fact-cache.ts";
import { adapters, failureOf, registry, unaborted, VirtualClock } from "./setting.ts";

interface Fact {
  readonly of: number;
}

/** A cache whose reads end when the test says so. */
function slowCache() {
  const clock = new VirtualClock();
  const cache = new FactCache<Fact>(clock);
  const reads: {
    readonly signal: AbortSignal;
    readonly answer: (fact: Fact | undefined) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const read = (signal: AbortSignal): Promise<Fact | undefined> =>
    new Promise((answer, fail) => {
      reads.push({ signal, answer, fail });
    });
  const get = (freshAfter = 0, signal = unaborted): Promise<Fact | undefined> =>
    cache.get("one", freshAfter, signal, read);
  return { clock, reads, get };
}

describe("a fact that is on its way", () => {
  test("is read once for all who ask meanwhile", async () => {
    const { reads, get } = slowCache();
    const asked = [get(), get(), get()];
    reads[0]?.answer({ of: 1 });
    expect(await Promise.all(asked)).toEqual([{ of: 1 }, { of: 1 }, { of: 1 }]);
    expect(await get()).toEqual({ of: 1 });
    expect(reads).toHaveLength(1);
  });

  test("is read again by who needs it fresher than that, and the fresher one is kept", async () => {
    const { clock, reads, get } = slowCache();
    const early = get();
    clock.pass(1);
    const late = get(clock.now());
    reads[1]?.answer({ of: 2 });
    expect(await late).toEqual({ of: 2 });
    reads[0]?.answer({ of: 1 });
    expect(await early).toEqual({ of: 1 });
    expect(await get()).toEqual({ of: 2 });
    expect(reads).toHaveLength(2);
  });

  test("that cannot be read fails for all who waited, and is read anew for the next", async () => {
    const { reads, get } = slowCache();
    const asked = [get(), get()];
    reads[0]?.fail(new Error("Not now."));
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const again = get();
    reads[1]?.answer({ of: 2 });
    expect(await again).toEqual({ of: 2 });
  });

  test("still comes for the others when who asked first is aborted", async () => {
    const { reads, get } = slowCache();
    const first = new AbortController();
    const aborted = failureOf(get(0, first.signal));
    const other = get();
    first.abort();
    expect((await aborted).kind).toBe("transient");
    expect(reads[0]?.signal.aborted).toBe(false);
    reads[0]?.answer({ of: 1 });
    expect(await other).toEqual({ of: 1 });
    expect(reads).toHaveLength(1);
  });

  test("is given up when nobody waits any more, and read anew for the next", async () => {
    const { reads, get } = slowCache();
    const both = [new AbortController(), new AbortController()];
    const failures = both.map(({ signal }) => failureOf(get(0, signal)));
    for (const one of both) one.abort();
    expect((await Promise.all(failures)).map(({ kind }) => kind)).toEqual(["transient", "transient"]);
    expect(reads[0]?.signal.aborted).toBe(true);
    const next = get();
    reads[1]?.answer({ of: 2 });
    expect(await next).toEqual({ of: 2 });
  });

  test("is not waited for by who was aborted before", async () => {
    const { get } = slowCache();
    expect((await failureOf(get(0, AbortSignal.abort()))).kind).toBe("transient");
  });
});

test("of a hundred workers that need one registry, Azure is asked once", async () => {
  const { reads, azure } = await adapters();
  const found = await Promise.all(Array.from({ length: 100 }, () => reads.registry(registry, 0, unaborted)));
  expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(["found"]));
  expect(azure.requests).toHaveLength(1);
});
