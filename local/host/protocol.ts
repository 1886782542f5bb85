/** What parent and child say to each other: JSON lines on the child's stdin, one JSON line on its stdout. */
import type { HostKeys } from "./keys.ts";

/** The first line on stdin; not in arguments or environment, where keys could be read and the app would see it. */
export interface StartMessage {
  readonly appRoot: string;
  readonly port: number;
  readonly timeScale: number;
  readonly keys: HostKeys;
}

/** A later line on stdin: finish what runs, then exit. The end of stdin means that the parent is gone: exit at once. */
export const stopMessage = "stop";

/** The one line on stdout, once the host serves. */
export interface ReadyMessage {
  readonly url: string;
  readonly pid: number;
}
