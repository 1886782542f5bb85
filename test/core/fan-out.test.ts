import { describe, expect, it } from "vitest";
import { formatId, type WorkspaceId } from "../../src/core/arm-id.ts";
import { fanOut } from "../../src/core/fan-out.ts";
import type { FanOutMessage, Message, Ports, Request } from "../../src/core/ports.ts";
import { foreign, home, workspaceId } from "./ids.ts";
import { policyOf } from "./samples.ts";

const request: Request = { id: "event-1", cause: "event", acceptedAt: 5, fresh: true };
const first: FanOutMessage = { fanOut: { index: "registry", scope: { subscriptionId: home } }, request };
const fleet = Array.from({ length: 95 }, (_, number) => workspaceId(`ws${number}`));

/** An index with pages of ten, an inbox, and a queue. */
class FanOutWorld {
  readonly asked = new Map<string, Request>();
  readonly messages: Message[] = [first];
  readonly ids: string[];
  puts = 0;
  /** How many requests are stored until storage fails, and then again. */
  failAfter: number[] = [];

  constructor(ids: readonly WorkspaceId[]) {
    this.ids = ids.map(formatId);
  }

  readonly ports: Pick<Ports, "index" | "inbox" | "queue"> = {
    index: {
      put: () => Promise.resolve(),
      remove: () => Promise.resolve(),
      page: (_index, _scope, after = "0") => {
        const end = Number(after) + 10;
        const workspaceIds = this.ids.slice(Number(after), end);
        return Promise.resolve({ workspaceIds, ...(end < this.ids.length ? { after: String(end) } : {}) });
      },
    },
    inbox: {
      put: (id, one) => {
        if (this.failAfter[0] === this.puts) {
          this.failAfter.shift();
          return Promise.reject(new Error("Storage is away."));
        }
        this.puts += 1;
        this.asked.set(formatId(id), one);
        return Promise.resolve();
      },
      has: () => Promise.resolve(true),
      list: () => Promise.resolve([]),
      remove: () => Promise.resolve(),
    },
    queue: { send: (message) => Promise.resolve(void this.messages.push(message)) },
  };

  /** Works on all messages of the fan-out; one that fails is delivered again. */
  async run(): Promise<void> {
    for (let at = 0; at < this.messages.length; at += 1) {
      const message = this.messages[at];
      if (message === undefined || !("fanOut" in message)) continue;
      await fanOut(message, policyOf(), this.ports).catch(() => this.messages.push(message));
    }
  }
}

describe("fanning out", () => {
  it("asks page by page for a look at every workspace, with what the event said", async () => {
    const world = new FanOutWorld(fleet);
    await world.run();
    expect([...world.asked.keys()].sort()).toEqual(fleet.map(formatId).sort());
    expect(new Set(world.asked.values())).toEqual(new Set([request]));
    expect(world.messages.filter((message) => "fanOut" in message)).toHaveLength(10);
    expect(world.puts).toBe(fleet.length);
  });

  it("goes on where storage failed, from the beginning of that page", async () => {
    const world = new FanOutWorld(fleet);
    world.failAfter = [3, 25, 60];
    await world.run();
    expect(world.asked.size).toBe(fleet.length);
    expect(world.puts).toBeLessThanOrEqual(fleet.length + 3 * 10);
  });

  it("passes over a row that names no workspace", async () => {
    const world = new FanOutWorld(fleet.slice(0, 3));
    world.ids.splice(1, 0, "/not/a/workspace");
    expect(await fanOut(first, policyOf(), world.ports)).toEqual({ asked: 3, more: false });
  });

  it("passes over a workspace whose subscription has left the policy", async () => {
    const world = new FanOutWorld([workspaceId("a"), workspaceId("b", foreign)]);
    expect(await fanOut(first, policyOf(), world.ports)).toEqual({ asked: 1, more: false });
  });

  it("asks for nothing where nobody depends on it", async () => {
    expect(await fanOut(first, policyOf(), new FanOutWorld([]).ports)).toEqual({ asked: 0, more: false });
  });
});
