import type { News, SweepNews, WorkspaceNews } from "../core/news.ts";
import type { Policy } from "../core/policy.ts";
import { whatToDo } from "../core/remedies.ts";

/** What every event says of the app that publishes it. */
export interface Publishing {
  /** A URI reference that names the app. */
  readonly source: string;
  readonly mode: Policy["mode"];
  /** Where the portal of this cloud is, without a slash at the end. */
  readonly portal: string;
}

/** An event as CloudEvents 1.0 has it (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md). */
export interface NoticeEvent {
  /** The same for the same news, however often it is sent. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: Date;
  readonly datacontenttype: "application/json";
  readonly data: NoticeData;
}

/** What a subscriber reads; docs/operations.md explains each field. */
export interface NoticeData {
  readonly workspaceId?: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly message: string;
  readonly done?: readonly string[];
  readonly doneBefore?: number;
  readonly whatToDo: string;
  readonly portalUrl?: string;
  readonly reconcileId?: string;
  readonly mode: Policy["mode"];
}

/** How types begin, so that a filter can tell them from what else is published to the topic. */
const prefix = "AzureMLAcrRemediator.";

/**
 * How long an event may be, in bytes of JSON: half of the 64 kB that Event Grid bills as one event, and short enough for the
 * table of what was rejected to keep it whole.
 */
export const longestEvent = 30_000;

/** News as an event, shortened where it is very long. */
export function cloudEventOf(news: News, publishing: Publishing): NoticeEvent {
  return fitting("workspaceId" in news ? workspaceEvent(news, publishing) : sweepEvent(news, publishing));
}

/** The event as it goes over the wire, and as it is kept when it does not get there. */
export function jsonOf(event: NoticeEvent): string {
  return JSON.stringify({ specversion: "1.0", ...event });
}

function workspaceEvent(news: WorkspaceNews, { source, mode, portal }: Publishing): NoticeEvent {
  const { kind, workspaceId, reconcileId, at, outcome, message, done, doneBefore } = news;
  return {
    // A state is stored by one look, and the look's id is in the history.
    id: `${reconcileId}/${kind}`,
    source,
    type: `${prefix}${kind}`,
    subject: workspaceId,
    time: new Date(at),
    datacontenttype: "application/json",
    data: {
      workspaceId,
      outcome,
      ...("reason" in news ? { reason: news.reason } : {}),
      message: message.toWellFormed(),
      done: done.map((one) => one.toWellFormed()),
      ...(doneBefore === undefined ? {} : { doneBefore }),
      whatToDo: whatToDo(news),
      portalUrl: `${portal}/#@/resource${encodeURI(workspaceId)}`,
      reconcileId,
      mode,
    },
  };
}

function sweepEvent(news: SweepNews, { source, mode }: Publishing): NoticeEvent {
  const { kind, key, at, message } = news;
  return {
    id: `${key}/${kind}`,
    source,
    type: `${prefix}${kind}`,
    subject: "sweeps",
    time: new Date(at),
    datacontenttype: "application/json",
    data: { message: message.toWellFormed(), whatToDo: whatToDo(news), mode },
  };
}

/** Leaves out what was done first, and then cuts the message, by halves. */
function fitting(event: NoticeEvent): NoticeEvent {
  if (Buffer.byteLength(jsonOf(event)) <= longestEvent) return event;
  const { done = [], doneBefore = 0, message } = event.data;
  const left = Math.ceil(done.length / 2);
  if (left > 0) {
    const shorter = { done: done.slice(left), doneBefore: doneBefore + left };
    return fitting({ ...event, data: { ...event.data, ...shorter } });
  }
  if (message === "") return event;
  const cut = message.slice(0, Math.floor(message.length / 2)).toWellFormed();
  return fitting({ ...event, data: { ...event.data, message: cut } });
}
