import type { Rejected } from "../storage/rejected.ts";
import { cloudEventOf, jsonOf, type NoticeEvent, type Publishing } from "./cloud-event.ts";
import { type Publish, statusOf } from "./publisher.ts";
import type { Notices } from "./telling.ts";

/**
 * Publishes news as CloudEvents. What cannot be delivered is told in the log, and kept with what was rejected.
 */
export function openNotices(publishing: Publishing, publish: Publish, rejected: Pick<Rejected, "put">): Notices {
  const keep = async (events: readonly NoticeEvent[], message: string): Promise<void> => {
    for (const event of events)
      await rejected.put({ source: "notification", reason: "NotPublished", message, body: jsonOf(event) });
  };
  return {
    async tell(news, log) {
      let events: readonly NoticeEvent[] = [];
      try {
        events = news.map((one) => cloudEventOf(one, publishing));
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
const hints: ReadonlyMap<number, string> = new Map([
  [400, " Is the topic's input schema CloudEventSchemaV1_0?"],
  [401, " Does the app's identity have the role EventGrid Data Sender on the topic?"],
  [403, " Does the app's identity have the role EventGrid Data Sender on the topic, and may its network reach it?"],
  [404, " Is REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT the endpoint of a topic that exists?"],
]);

function whyNot(error: unknown): string {
  const { message } = error as { readonly message?: unknown };
  const status = statusOf(error);
  const said = String(message ?? error).slice(0, 500);
  return status === undefined ? said : `HTTP ${status}: ${said}${hints.get(status) ?? ""}`;
}
