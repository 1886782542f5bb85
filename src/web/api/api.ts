import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { FleetPage, FleetSummary } from "../../api/fleet.ts";
import type { SweepView } from "../../api/sweeps.ts";
import type { Diagnosis, DryRun, WorkspaceState, WorkspaceWithHistory } from "../../api/workspace.ts";
import { pathOf } from "../shared/workspace-name.ts";
import { ApiProblem, problemIn } from "./problem.ts";

/** What a request for a look is answered with: how it ended, or that it goes on. */
export interface LookAsked {
  readonly isOver: boolean;
  /** Without more than an outcome `unknown` where nothing is known yet. */
  readonly state: Pick<WorkspaceState, "id" | "outcome"> & Partial<WorkspaceState>;
}

export interface SweepAsked {
  readonly id: string;
  readonly alreadyRunning: boolean;
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** For how many seconds the app is to wait for a look before it says that it goes on. */
const waitSeconds = 20;

/** The API lies beside the page, whatever is in front of both. */
function base(): string {
  return location.pathname.replace(/[^/]*\/?$/, "");
}

/** The app's HTTP API. All throw ApiProblem; the types are those of the schemas that the answers are described by. */
export class Api {
  readonly #key: string | undefined;
  readonly #onRefused: () => void;

  /** @param onRefused told when the app refuses the key, or wants one */
  constructor(key: string | undefined, onRefused: () => void) {
    this.#key = key;
    this.#onRefused = onRefused;
  }

  async fleet(signal?: AbortSignal): Promise<FleetSummary> {
    return (await this.#ask("GET", "fleet", { signal })).body as FleetSummary;
  }

  async workspaces(query: URLSearchParams, signal?: AbortSignal): Promise<FleetPage> {
    return (await this.#ask("GET", `workspaces?${query.toString()}`, { signal })).body as FleetPage;
  }

  async sweeps(limit: number): Promise<readonly SweepView[]> {
    const { body } = await this.#ask("GET", `sweeps?limit=${limit}`);
    return (body as { sweeps: readonly SweepView[] }).sweeps;
  }

  async startSweep(): Promise<SweepAsked> {
    return (await this.#ask("POST", "sweeps")).body as SweepAsked;
  }

  async workspace(id: string, signal?: AbortSignal): Promise<WorkspaceWithHistory> {
    return (await this.#ask("GET", pathOf(id), { signal })).body as WorkspaceWithHistory;
  }

  async diagnosis(id: string): Promise<Diagnosis> {
    return (await this.#ask("GET", `${pathOf(id)}/diagnosis`)).body as Diagnosis;
  }

  async check(id: string): Promise<DryRun> {
    return (await this.#ask("POST", `${pathOf(id)}/remediate?dryRun=true`)).body as DryRun;
  }

  async remediate(id: string): Promise<LookAsked> {
    return askedIn(await this.#ask("POST", `${pathOf(id)}/remediate?wait=${waitSeconds}`));
  }

  async exempt(id: string, until: string, reason: string): Promise<LookAsked> {
    const body = { until, reason };
    return askedIn(await this.#ask("PUT", `${pathOf(id)}/exemption?wait=${waitSeconds}`, { body }));
  }

  async include(id: string): Promise<LookAsked> {
    return askedIn(await this.#ask("DELETE", `${pathOf(id)}/exemption?wait=${waitSeconds}`));
  }

  async #ask(
    method: Method,
    path: string,
    { body, signal }: { body?: unknown; signal?: AbortSignal | undefined } = {},
  ): Promise<Answer> {
    const { status, text } = await this.#send(method, path, body, signal);
    if (status === 401) {
      this.#onRefused();
      throw new ApiProblem(401, "The app wants a key.", "The one that was sent is wrong, or there was none.");
    }
    if (status >= 400) throw problemIn(status, text);
    try {
      return { status, body: JSON.parse(text) as unknown };
    } catch {
      throw new ApiProblem(status, "The answer cannot be read.", "Something between this page and the app answered.");
    }
  }

  async #send(
    method: Method,
    path: string,
    body: unknown,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly status: number; readonly text: string }> {
    try {
      const response = await fetch(`${base()}${path}`, {
        method,
        headers: {
          ...(this.#key === undefined ? {} : { "x-functions-key": this.#key }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
        cache: "no-store",
        redirect: "manual", // a sign-in in front of the app whose session is over
      });
      if (response.type === "opaqueredirect")
        throw new ApiProblem(0, "Your sign-in has ended.", "Reload this page to sign in again.");
      return { status: response.status, text: await response.text() };
    } catch (error) {
      if (error instanceof ApiProblem || signal?.aborted === true) throw error;
      throw new ApiProblem(0, "The app cannot be reached.", "Look at the network, and try again.");
    }
  }
}

function askedIn({ status, body }: Answer): LookAsked {
  return { isOver: status === 200, state: body as LookAsked["state"] };
}

const Current = createContext<Api | undefined>(undefined);

/** Gives the API to what it encloses. */
export const ApiProvider = Current.Provider;

export function useApi(): Api {
  const api = useContext(Current);
  if (api === undefined) throw new Error("There is no API here.");
  return api;
}
