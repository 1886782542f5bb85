import { createHash } from "node:crypto";
import { idKey, type WorkspaceId } from "../core/arm-id.ts";
import type { RowKey } from "./table.ts";

/** The key of a workspace's state row: partitions follow subscriptions, so that a fleet is read partition by partition. */
export function stateKey(workspace: WorkspaceId): RowKey {
  return { partitionKey: workspace.subscriptionId.toLowerCase(), rowKey: workspaceHash(workspace) };
}

/** The same 64 hex digits for every casing of a workspace's id, which is too long and holds slashes. */
export function workspaceHash(workspace: WorkspaceId): string {
  return sha256(idKey(workspace));
}

/** SHA-256 of a text's UTF-16 code units, in hex: unlike of its UTF-8 it differs for texts with different lone surrogates. */
export function sha256(text: string): string {
  return createHash("sha256").update(Buffer.from(text, "utf16le")).digest("hex");
}

/** Row keys may hold 512 characters (1 KiB, "Understanding the Table service data model"); longer than this helps nobody who reads one. */
const longest = 200;

/**
 * A text as part of a table key, at most 265 characters long. Different texts become different keys.
 *
 * Keys forbid `/ \ # ?` and control characters, and some clients trip over more; so everything but ASCII letters, digits
 * and `-` becomes `_` and the four hex digits of its UTF-16 code unit. What is too long keeps its beginning and ends in
 * its hash; the `_.` between them, and that of the empty text, cannot come from an escape.
 */
export function keyText(text: string): string {
  if (text === "") return "_.";
  const escaped = text.replace(/[^A-Za-z0-9-]/g, (unit) => `_${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return escaped.length <= longest ? escaped : `${escaped.slice(0, longest - 1)}_.${sha256(text)}`;
}

const lastMillisecond = 9_999_999_999_999;

/** A time (ms since the epoch, up to the year 2286) as text of fixed length that sorts the newest first, as rows come in the order of their keys. */
export function newestFirst(time: number): string {
  return String(lastMillisecond - Math.trunc(time)).padStart(13, "0");
}
