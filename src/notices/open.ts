/** All that publishes news: a part of the bundle, with the Event Grid SDK, loaded when there is news for the first time. */
export { openNotices } from "./notices.ts";
export { publisherTo } from "./publisher.ts";
