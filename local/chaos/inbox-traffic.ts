import type { ProxyAnswer, ProxyRequest } from "./proxy.ts";

/** Rows that one exchange with the table service put into the inbox, or took out of it. */
export interface InboxTraffic {
  readonly kind: "accepted" | "removed";
  readonly partition: string;
  readonly rows: readonly string[];
}

/** Reads off an exchange what it did to the inbox; nothing when it failed or was about something else. */
export function inboxTraffic(
  { method, path, body }: ProxyRequest,
  { status, body: answered }: ProxyAnswer,
): InboxTraffic | undefined {
  if (status >= 300) return undefined;
  if (method === "POST" && /^\/\w+\/Inbox\b/.test(path)) {
    const { PartitionKey: partition, RowKey: row } = JSON.parse(body) as Readonly<Record<string, string>>;
    return partition === undefined || row === undefined ? undefined : { kind: "accepted", partition, rows: [row] };
  }
  const isBatch = method === "POST" && path.includes("/$batch");
  // All of a batch is done, or nothing: then one of its answers says why.
  if (isBatch ? /HTTP\/1\.1 [45]/.test(answered) : method !== "DELETE") return undefined;
  const deletions = isBatch ? [...body.matchAll(/^DELETE (\S+)/gm)].map(([, url]) => url ?? "") : [path];
  const keys = deletions.flatMap((url) => {
    const [, partition, row] = /\/Inbox\(PartitionKey='([^']*)',RowKey='([^']*)'\)/.exec(decodeURIComponent(url)) ?? [];
    return partition === undefined || row === undefined ? [] : [{ partition, row }];
  });
  const [first] = keys;
  return first && { kind: "removed", partition: first.partition, rows: keys.map(({ row }) => row) };
}
