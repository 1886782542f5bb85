/**
 * A queue message as the worker gets it: its text as a string, which the library parses when it is JSON, and the
 * binding data (QueueTriggerBinding.cs) as trigger metadata. Numbers and times travel as JSON. One trap of the real
 * host is kept (Utility.ApplyBindingData): the top-level members of a JSON message overlay the metadata, so a member
 * `id` hides the message's own id. Its habit of rewriting date strings in such members is not modelled.
 */
import type { Call } from "./executor.ts";
import type { TypedData } from "./rpc.ts";
import { dotNetTime } from "./time.ts";

export interface QueueMessage {
  readonly id?: string;
  readonly popReceipt?: string;
  readonly dequeueCount: number;
  readonly insertedOn: Date;
  readonly expiresOn: Date | undefined;
  readonly nextVisibleOn: Date | undefined;
}

/** .NET's DateTimeOffset.MaxValue. */
const never = "9999-12-31T23:59:59.9999999+00:00";

export function queueCall(text: string, message: QueueMessage, reason: string): Call {
  const metadata: Record<string, TypedData> = {
    QueueTrigger: { string: text },
    DequeueCount: { json: String(message.dequeueCount) },
    ExpirationTime: time(message.expiresOn),
    ...(message.id === undefined ? {} : { Id: { string: message.id } }),
    InsertionTime: time(message.insertedOn),
    NextVisibleTime: time(message.nextVisibleOn),
    ...(message.popReceipt === undefined ? {} : { PopReceipt: { string: message.popReceipt } }),
  };
  for (const [name, value] of Object.entries(jsonMembers(text))) {
    const data = memberData(value);
    if (data === undefined) continue;
    const key = Object.keys(metadata).find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
    metadata[key] = data;
  }
  return { reason, data: { string: text }, metadata };
}

/** A message as the admin endpoint makes one from its input: never queued, so without id, receipt and end. */
export function unqueuedMessage(now: Date): QueueMessage {
  return { dequeueCount: 0, insertedOn: now, expiresOn: undefined, nextVisibleOn: undefined };
}

function time(value: Date | undefined): TypedData {
  return { json: JSON.stringify(value === undefined ? never : dotNetTime(value)) };
}

function jsonMembers(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

/** Objects stay JSON, other values become .NET strings ("True"); arrays and nulls are left out. */
function memberData(value: unknown): TypedData | undefined {
  if (value === null || Array.isArray(value)) return undefined;
  if (typeof value === "object") return { json: JSON.stringify(value) };
  if (typeof value === "boolean") return { string: value ? "True" : "False" };
  return { string: typeof value === "string" ? value : JSON.stringify(value) };
}
