import type { LoggedRequest, Moment } from "../local/azure/request-log.ts";

/** Watches that no two processes write one workspace at the same time, and that nothing is written twice. */
export class OverlapWatch {
  /** By workspace: the processes whose writes ARM is at, and how many. */
  readonly #writing = new Map<string, Map<string, number>>();
  readonly #written = new Map<string, number>();
  #violations: string[] = [];

  /** What was seen that must not be, in words. */
  get violations(): readonly string[] {
    const twice = [...this.#written].filter(([, times]) => times > 1).map(([what, times]) => `${times} times: ${what}`);
    return [...this.#violations, ...twice];
  }

  readonly onRequest = (
    moment: Moment,
    { isSelf, isWrite, client, method, workspaceIds: [id] }: LoggedRequest,
  ): void => {
    if (!isSelf || !isWrite || id === undefined || client === null || moment === "effect") return;
    const writing = this.#writing.get(id) ?? new Map<string, number>();
    this.#writing.set(id, writing);
    const count = writing.get(client) ?? 0;
    if (moment === "received") {
      writing.set(client, count + 1);
      const key = `${method} for ${id}`;
      this.#written.set(key, (this.#written.get(key) ?? 0) + 1);
      if (writing.size > 1) this.#violations.push(`${[...writing.keys()].join(" and ")} write ${id}`);
    } else if (count > 1) writing.set(client, count - 1);
    else writing.delete(client);
  };
}
