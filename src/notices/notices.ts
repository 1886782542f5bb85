import type { News } from "../core/news.ts";
import type { Rejected } from "../storage/rejected.ts";
import { cloudEventOf, jsonOf, type NoticeEvent, type Publishing } from "./cloud-event.ts";
import type { Publish } from "./publisher.ts";

/** Where a function writes what an operator should see. */
export interface NoticeLog {
  readonly warn: (message: string) => void;
}

/** Tells people what happened, wherever they want to be told. */
export interface Notices {
  /** Never fails, and takes some seconds at most: what it tells of is done and stored. */
  tell(news: readonly News[], log: NoticeLog): Promise<void>;
}

/** For an app that is to publish nothing. */
export const silence: Notices = { tell: () => Promise.resolve() };

/**
 * Publishes news as CloudEvents. What cannot be delivered is told in the log, and kept with what was rejected.
 * @param publisher called by each `tell` that has something to tell: it has to answer with the same one each time
 */
export function openNotices(
  publishing: Publishing,
  publisher: () => Promise<Publish>,
  rejected: Pick<Rejected, "put">,
): Notices {
  const keep = async (events: readonly NoticeEvent[], message: string): Promise<void> => {
    for (const event of events)
      await rejected.put({ source: "notification", reason: "NotPublished", message, body: jsonOf(event) });
  };
  return {
    async tell(news, log) {
      if (news.length === 0) return;
      let events: readonly NoticeEvent[] = [];
      try {
        events = news.map((one) => cloudEventOf(one, publishing));
        const publish = await publisher();
        await publish(events);
      } catch (error) {
        const types = events.map(({ type, subject }) => `${type} of ${subject}`).join(", ");
        const message = `Not published: ${types}: ${whyNot(error)}`;
        log.warn(message);
        await keep(events, message).catch((reason: unknown) => {
          log.warn(`Nor could it be kept: ${String(reason)}`);
        });
      }
    },
  };
}

/** What an operator has to mend where Event Grid refuses, by the HTTP status. */
const hints: ReadonlyMap<unknown, string> = new Map([
  [400, " Is the topic's input schema CloudEventSchemaV1_0?"],
  [401, " Does the app's identity have the role EventGrid Data Sender on the topic?"],
  [403, " Does the app's identity have the role EventGrid Data Sender on the topic, and may its network reach it?"],
  [404, " Is REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT the endpoint of a topic that exists?"],
]);

function whyNot(error: unknown): string {
  const { statusCode, message } = error as { readonly statusCode?: unknown; readonly message?: unknown };
  const said = String(message ?? error).slice(0, 500);
  return typeof statusCode === "number" ? `HTTP ${statusCode}: ${said}${hints.get(statusCode) ?? ""}` : said;
}
