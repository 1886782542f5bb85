import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Azurite } from "../../local/azurite.ts";
import type { Host } from "../../local/host/index.ts";
import { until } from "../../local/until.ts";
import { endings, startFixture } from "./fixture.ts";
import { count, newQueues, queueNamed, send, texts, worked, type Queues, type Work } from "./queue-fixture.ts";
import { storageAccount } from "../support/storage-account.ts";

let azurite: Azurite;
let queues: Queues;
let host: Host;
beforeAll(async () => {
  azurite = await storageAccount();
  queues = await newQueues(azurite);
  host = await startFixture({ env: queues.env });
});
afterAll(async () => {
  await host.kill();
});

/** The runs of the messages whose text is among these, once there are as many as `times` says. */
async function runsOf(texts: readonly string[], times = texts.length): Promise<Work[]> {
  const find = (): Work[] =>
    worked(host).filter(({ message }) =>
      texts.includes(typeof message === "string" ? message : JSON.stringify(message)),
    );
  return until(`${times} runs of ${texts.join(", ")}`, () => find().length >= times && find());
}

const isEmpty = (of = queues): Promise<true> => until("an empty queue", async () => (await count(of.work)) === 0);

describe("a message", () => {
  test("is deleted when handled; JSON arrives parsed, other text as text, metadata beside it", async () => {
    const id = await send(queues.work, { a: [1] });
    await send(queues.work, "plain");
    await send(queues.work, "5");
    await isEmpty();
    const runs = await runsOf(['{"a":[1]}', "plain", "5"]);
    expect(runs.map(({ message }) => message)).toEqual(expect.arrayContaining([{ a: [1] }, "plain", 5]));
    const object = runs.find(({ type }) => type === "object");
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?\+00:00$/) as string;
    expect(object?.metadata).toEqual({
      queueTrigger: { a: [1] },
      dequeueCount: 1,
      id,
      insertionTime: time,
      expirationTime: time,
      nextVisibleTime: time,
      popReceipt: expect.any(String) as string,
    });
  });

  test("overlays the metadata with its members, arrays and nulls excepted", async () => {
    const message = { id: "mine", yes: true, deep: { Inner: 1 }, list: [1], none: null };
    await send(queues.work, message);
    const [work] = await runsOf([JSON.stringify(message)]);
    expect(work?.metadata).toMatchObject({ id: "mine", yes: "True", deep: { inner: 1 } });
    expect(Object.keys(work?.metadata ?? {})).not.toContain("list");
    expect(Object.keys(work?.metadata ?? {})).not.toContain("none");
  });

  test("that fails comes again, and at the last attempt moves to the poison queue as it was", async () => {
    await send(queues.work, { fail: true });
    await until("a poison message", async () => (await texts(queues.poison)).includes('{"fail":true}'));
    await isEmpty();
    const runs = await runsOf(['{"fail":true}'], 3);
    expect(runs.map((it) => it.metadata.dequeueCount)).toEqual([1, 2, 3]);
    expect(endings(host, "work").filter((it) => it === "Failed")).toHaveLength(3);
  });

  test("that is no base64 is poison before the function sees it", async () => {
    const runs = worked(host).length;
    await queues.work.sendMessage("not base64!");
    await until("the raw poison message", async () => {
      const { peekedMessageItems } = await queues.poison.peekMessages({ numberOfMessages: 32 });
      return peekedMessageItems.some(({ messageText }) => messageText === "not base64!");
    });
    expect(worked(host)).toHaveLength(runs);
  });

  test("waits while batchSize + newBatchThreshold others are handled", async () => {
    const message = { slow: 100 };
    await Promise.all(Array.from({ length: 24 }, () => send(queues.work, message)));
    const most = Math.max(...(await runsOf([JSON.stringify(message)], 24)).map((it) => it.running));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(6);
    await isEmpty();
  });
});

describe("an output", () => {
  test("makes a message of text, number or object, and one of each element of an array", async () => {
    const put = (value: unknown): Promise<Response> =>
      fetch(`${host.url}/api/enqueue`, { method: "POST", body: JSON.stringify(value) });
    expect((await put("one")).status).toBe(204);
    await put({ two: 2 });
    await put(["three", { four: 4 }]);
    await put(5);
    expect(await texts(queues.out)).toEqual(["one", '{"two":2}', "three", '{"four":4}', "5"]);
  });

  test("takes a returned value where the return binding says so", async () => {
    await send(queues.returns, "x");
    await until("the returned message", async () => (await texts(queues.out)).includes('{"returned":"x"}'));
  });
});

test("a queue function called by hand gets the input as a message that was never queued", async () => {
  const response = await fetch(`${host.url}/admin/functions/work`, {
    method: "POST",
    headers: { "x-functions-key": host.masterKey, "content-type": "application/json" },
    body: JSON.stringify({ input: "by hand" }),
  });
  expect(response.status).toBe(202);
  const [work] = await runsOf(["by hand"]);
  expect(work?.metadata).toMatchObject({ dequeueCount: 0, queueTrigger: "by hand" });
});

describe("other settings", () => {
  test("visibilityTimeout hides what failed; a run longer than the invisibility is renewed and happens once", async () => {
    const own = await newQueues(azurite);
    const env = { ...own.env, AzureFunctionsJobHost__extensions__queues__visibilityTimeout: "01:00:00" };
    const other = await startFixture({ timeScale: 1e-6, env });
    await send(own.work, { fail: true });
    await until("the failure", () => endings(other, "work").includes("Failed"));
    await send(own.work, { slow: 2500 }); // longer than twice the invisibility, which is one second at this scale
    await until("the long run", () => endings(other, "work").includes("Succeeded"));
    await until("its deletion", async () => (await count(own.work)) === 1);
    expect(endings(other, "work")).toEqual(["Failed", "Succeeded"]);
    expect(await texts(own.work)).toEqual([]);
    await other.kill();
  });

  test("a trigger does not create its queue but finds it once it is there; messageEncoding none takes text as it is; stop finishes what runs", async () => {
    const own = await newQueues(azurite);
    const late = queueNamed(azurite, "late");
    const env = { ...own.env, WORK_QUEUE: "late", AzureFunctionsJobHost__extensions__queues__messageEncoding: "none" };
    const other = await startFixture({ env });
    await own.returns.sendMessage("sign of life!");
    await until("the other queue's message", () => endings(other, "returns").length === 1);
    expect(await late.exists()).toBe(false);
    await late.create();
    await late.sendMessage('{"slow":1000}');
    await until("its message", () => worked(other).length === 1);
    await other.stop();
    expect(endings(other, "work")).toEqual(["Succeeded"]);
    expect(await count(late)).toBe(0);
  });
});

describe("several processes", () => {
  test("share the messages of one queue, each handled once", async () => {
    const own = await newQueues(azurite);
    const at = "AzureFunctionsJobHost__extensions__queues";
    const env = { ...own.env, [`${at}__batchSize`]: "1", [`${at}__newBatchThreshold`]: "0" };
    const hosts = await Promise.all([startFixture({ env }), startFixture({ env })]);
    const numbers = Array.from({ length: 20 }, (_, number) => number);
    await Promise.all(numbers.map((number) => send(own.work, { number, slow: 50 })));
    await until("an empty queue", async () => (await count(own.work)) === 0);
    const shares = hosts.map((host) => worked(host).map((it) => (it.message as { number: number }).number));
    expect(shares.flat().sort((a, b) => a - b)).toEqual(numbers);
    for (const share of shares) expect(share.length).toBeGreaterThan(0);
    for (const host of hosts) expect(Math.max(...worked(host).map((it) => it.running))).toBe(1);
    await Promise.all(hosts.map((host) => host.kill()));
  });

  test("a message whose process was killed comes back to another when its invisibility is over", async () => {
    const own = await newQueues(azurite);
    const options = { env: own.env, timeScale: 1 / 600 };
    const first = await startFixture(options);
    await send(own.work, { hang: true });
    await until("the message", () => worked(first).length === 1);
    await first.kill();
    expect(await count(own.work)).toBe(1);
    const second = await startFixture(options);
    await until("an empty queue", async () => (await count(own.work)) === 0);
    expect(worked(second).map((it) => it.metadata.dequeueCount)).toEqual([2]);
    await second.kill();
  });
});
