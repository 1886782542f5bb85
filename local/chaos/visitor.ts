import { parseWorkspaceId } from "../../src/core/arm-id.ts";
import { workspacePath } from "../../src/functions/workspace-route.ts";
import type { HostKeys } from "../host/index.ts";
import type { Member } from "./script.ts";
import { idOf } from "./truth.ts";

/** What the app says of a workspace. */
export interface SaidState {
  readonly outcome: string;
  readonly reason?: string;
  /** The whole answer, history included. */
  readonly text: string;
}

/** Whoever calls the app over HTTP, through its front door; keeps everything that was answered. */
export class Visitor {
  readonly answers: string[] = [];
  readonly #origin: string;
  readonly #keys: HostKeys;

  constructor(origin: string, keys: HostKeys) {
    this.#origin = origin;
    this.#keys = keys;
  }

  /** Asks for a look at a workspace, and does not insist. */
  async ask(member: Member): Promise<void> {
    await this.#call("POST", `${pathOf(member)}/remediate?wait=3`, this.#keys.functionKey).catch(() => undefined);
  }

  /** Starts a sweep as an operator does. @returns whether a host took it */
  async sweep(): Promise<boolean> {
    const body = JSON.stringify({ input: "" });
    const answer = await this.#call("POST", "/admin/functions/sweep", this.#keys.masterKey, body).catch(
      () => undefined,
    );
    return answer?.status === 202;
  }

  /** `undefined` while nobody answers; `unknown` is what the app knows nothing of, or wants nothing to do with. */
  async state(member: Member): Promise<SaidState | undefined> {
    const answer = await this.#call("GET", pathOf(member), this.#keys.functionKey).catch(() => undefined);
    if (answer?.status === 200) return { ...(JSON.parse(answer.text) as Omit<SaidState, "text">), text: answer.text };
    return answer?.status === 404 || answer?.status === 403 ? { outcome: "unknown", text: answer.text } : undefined;
  }

  async #call(
    method: string,
    path: string,
    key: string,
    body: string | null = null,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const headers = { "x-functions-key": key, "content-type": "application/json" };
    const response = await fetch(`${this.#origin}${path}`, { method, headers, body });
    const text = await response.text();
    this.answers.push(JSON.stringify([...response.headers]), text);
    return { status: response.status, text };
  }
}

function pathOf(member: Member): string {
  return `/api/${workspacePath(parseWorkspaceId(idOf(member)))}`;
}
