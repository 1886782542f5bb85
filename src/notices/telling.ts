import type { News } from "../core/news.ts";

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

/** Loads who tells when there is something to tell for the first time. @param load answers with the same one each time */
export function toldLater(load: () => Promise<Notices>): Notices {
  return {
    async tell(news, log) {
      if (news.length === 0) return;
      try {
        await (await load()).tell(news, log);
      } catch (error) {
        log.warn(`What happened could not be told: ${String(error)}`);
      }
    },
  };
}
