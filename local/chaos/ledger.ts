/** What is in storage by the word of storage: read off the answers that pass the proxies, faults on the way back included. */
import type { ProxyAnswer, ProxyRequest } from "./proxy.ts";

export interface KeptMessage {
  readonly queue: string;
  /** Decoded. */
  readonly text: string;
  /** From when on it can be received, ms since the epoch. */
  visibleAt: number;
}

/** What a storage request does, as far as somebody may want to interfere with it. */
export type StorageDeed = "state" | "history" | "inbox" | "message";

const deeds: readonly (readonly [RegExp, StorageDeed])[] = [
  [/^(?:POST|PUT|PATCH|MERGE) \/\w+\/Workspaces\b/, "state"],
  [/^(?:POST|PUT) \/\w+\/History\b/, "history"],
  [/^(?:POST|PUT) \/\w+\/Inbox\b/, "inbox"],
  [/^POST \/\w+\/requests\/messages/, "message"],
];

export function deedOf({ method, path, body }: ProxyRequest): StorageDeed | undefined {
  // A state row whose outcome changes is written together with the counts beside it.
  if (method === "POST" && path.includes("/$batch"))
    return /^(?:PUT|PATCH|MERGE) \S+\/Workspaces\(/m.test(body) ? "state" : undefined;
  return deeds.find(([pattern]) => pattern.test(`${method} ${path}`))?.[1];
}

/** The owner that a state row was given by this request: each lease has an owner of its own. */
export function leaseOwnerIn(request: ProxyRequest): string | undefined {
  if (deedOf(request) !== "state") return undefined;
  return /"leaseOwner":"([^"]+)"/.exec(request.body)?.[1];
}

/** The messages of all queues, and how many requests the inbox took. */
export class Ledger {
  readonly messages = new Map<string, KeptMessage>();
  requests = 0;

  /** Takes note of one exchange with the table or the queue service. */
  note(request: ProxyRequest, { status, headers, body }: ProxyAnswer): void {
    if (status >= 300) return;
    const { method, path } = request;
    if (method === "POST" && deedOf(request) === "inbox") this.requests += 1;
    const [, queue, id] = /^\/\w+\/([\w-]+)\/messages(?:\/([\w-]+))?/.exec(path) ?? [];
    if (queue === undefined) return;
    if (method === "DELETE" && id !== undefined) this.messages.delete(id);
    if (method === "PUT" && id !== undefined) this.#postpone(id, headers["x-ms-time-next-visible"]?.toString());
    const sent = method === "POST" ? /<MessageText>([^<]*)</.exec(request.body)?.[1] : undefined;
    for (const [, answered] of body.matchAll(/<QueueMessage>(.*?)<\/QueueMessage>/gs)) {
      const field = (name: string): string => new RegExp(`<${name}>([^<]*)<`).exec(answered ?? "")?.[1] ?? "";
      const text = sent ?? field("MessageText");
      if (text !== "" && !path.includes("peekonly"))
        this.messages.set(field("MessageId"), {
          queue,
          text: Buffer.from(text, "base64").toString(),
          visibleAt: Date.parse(field("TimeNextVisible")),
        });
    }
  }

  /** What is on a queue, visible or not. */
  on(queue: string): readonly KeptMessage[] {
    return [...this.messages.values()].filter((message) => message.queue === queue);
  }

  #postpone(id: string, until: string | undefined): void {
    const message = this.messages.get(id);
    if (message !== undefined && until !== undefined) message.visibleAt = Date.parse(until);
  }
}
