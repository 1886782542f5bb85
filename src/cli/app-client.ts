import * as z from "zod/mini";
import { problem } from "../api/common.ts";
import { canBeKey } from "../api/key.ts";
import { CommandError } from "./exit-code.ts";

/** Where a deployed app is, and what lets us in. */
export interface AppAddress {
  readonly url: string;
  readonly key: string;
}

/** How long an answer may take, in milliseconds: a little longer than Azure's front end lets a request wait. */
const longestMs = 240_000;

/** Speaks to a deployed app. All throw CommandError that says what the app answered. */
export class AppClient {
  readonly #base: string;
  readonly #key: string;
  readonly #signal: AbortSignal;

  /** @param signal ends what is asked @throws CommandError for an address that a key must not be sent to, and for what is no key */
  constructor({ url, key }: AppAddress, signal: AbortSignal) {
    const parsed = URL.parse(url);
    const isLoopback = parsed !== null && ["localhost", "127.0.0.1", "[::1]"].includes(parsed.hostname);
    if (parsed === null || !(parsed.protocol === "https:" || (parsed.protocol === "http:" && isLoopback)))
      throw new CommandError(
        `--app: found ${JSON.stringify(url)}, allowed: an https address, such as https://my-app.azurewebsites.net.`,
      );
    if (key !== "" && !canBeKey(key))
      throw new CommandError(
        "ACR_REMEDIATOR_KEY is no key: it holds a space, a line end or a letter beyond ASCII. One key is wanted.",
      );
    this.#base = parsed.origin;
    this.#key = key;
    this.#signal = signal;
  }

  /**
   * @param path below `/api/`
   * @returns the status, where more than one is fine, with what was answered
   */
  async ask<Answer>(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    schema: z.ZodMiniType<Answer>,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly answer: Answer }> {
    const at = `${method} ${this.#base}/api/${path.split("?")[0] ?? ""}`;
    const { status, text } = await this.#send(method, path, body).catch((error: unknown) => {
      this.#signal.throwIfAborted();
      throw new CommandError(`${at} was not answered: ${reasonOf(error)}`, { cause: error });
    });
    if (status === 401)
      throw new CommandError(
        `${at} was refused: the key is missing or wrong. Set ACR_REMEDIATOR_KEY to a key of the app: az functionapp keys list --name … --resource-group … --query functionKeys.default`,
      );
    const json = jsonOf(text);
    if (status >= 400) {
      const told = z.safeParse(problem, json);
      if (!told.success) throw new CommandError(`${at} was answered ${status}: is this the address of the app?`);
      const { title, detail, code } = told.data;
      throw new CommandError(`${title} ${detail} (${code})`, { code });
    }
    const answer = z.safeParse(schema, json);
    if (answer.success) return { status, answer: answer.data };
    throw new CommandError(`${at} answered what this version does not understand: ${z.prettifyError(answer.error)}`);
  }

  /**
   * What is at a path.
   * @param code the app's own, with which it says that there is nothing
   * @returns `undefined` then
   */
  async find<Answer>(path: string, schema: z.ZodMiniType<Answer>, code: string): Promise<Answer | undefined> {
    try {
      return (await this.ask("GET", path, schema)).answer;
    } catch (error) {
      if (error instanceof CommandError && error.code === code) return undefined;
      throw error;
    }
  }

  async #send(
    method: string,
    path: string,
    body: unknown,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`${this.#base}/api/${path}`, {
      method,
      headers: { "x-functions-key": this.#key, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "error", // the key is for this address alone
      signal: AbortSignal.any([this.#signal, AbortSignal.timeout(longestMs)]),
    });
    return { status: response.status, text: await response.text() };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
