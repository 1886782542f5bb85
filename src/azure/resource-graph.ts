import { ResourceGraphClient } from "@azure/arm-resourcegraph";
import type { AuthorizationScopeFilter, QueryResponse, ResourcesOptionalParams } from "@azure/arm-resourcegraph";
import { isRestError } from "@azure/core-rest-pipeline";
import { AzureFailure } from "../core/failure.ts";
import { longestPauseMs, pauseAfter } from "../core/patience.ts";
import type { Clock } from "../core/ports.ts";
import type { Arm } from "./arm.ts";
import { type Attempt, azureFailure } from "./errors.ts";

/** Rows on a page, the most that there may be (Microsoft Learn, "Working with large Azure resource data sets"). */
const pageSize = 1_000;
/** How many subscriptions one query may name (Microsoft Learn, "Azure Resource Graph: allowed scopes"). */
const mostSubscriptions = 1_000;
/** What a user may send (Microsoft Learn, "Guidance for throttled requests in Azure Resource Graph"): 15 queries in 5 seconds. */
const quota = 15;
const windowMs = 5_000;
/** How a page is asked for that fails for a passing reason. */
const patience = { attempts: 6, firstPauseMs: 1_000, longestBackOffMs: longestPauseMs };

export interface GraphQuery {
  /** For a person, as in "list …". */
  readonly what: string;
  /** Must project `id`, or only the first page is answered. */
  readonly text: string;
  readonly authorizationScopeFilter?: AuthorizationScopeFilter;
  /** What our identity lacks when the query is refused; a query of subscriptions is not refused for want of a right. */
  readonly needs?: Pick<Attempt, "action" | "scope">;
}

/** What a query is about; a management group by its name, with all that lies below it. */
type Scope = { readonly subscriptions: string[] } | { readonly managementGroups: [string] };

/**
 * Asks Azure Resource Graph, page by page, within the quota that its answers tell of. A page that fails for a passing reason is
 * asked for again.
 */
export class ResourceGraph {
  readonly #client: ResourceGraphClient;
  readonly #clock: Clock;
  /** How many queries are left in this window, and when the next one begins, ms since the epoch. */
  #left = quota;
  #resetsAt = -Infinity;
  #queries = 0;
  /** Sent and not answered: they may not be counted yet in what an answer tells. */
  #unanswered = 0;

  constructor(arm: Arm, clock: Clock) {
    this.#client = arm.forReads(
      new ResourceGraphClient(arm.credential, {
        endpoint: arm.settings.endpoint,
        credentials: { scopes: [`${arm.settings.audience}/.default`] },
        retryOptions: { maxRetries: 0 },
      }),
    );
    this.#clock = clock;
  }

  /** How many queries were sent. */
  get queries(): number {
    return this.#queries;
  }

  /**
   * The rows that a query finds in these subscriptions. What our identity cannot see is left out without a word.
   * @throws AzureFailure
   */
  async *pages(query: GraphQuery, subscriptionIds: readonly string[]): AsyncGenerator<readonly unknown[]> {
    for (let at = 0; at < subscriptionIds.length; at += mostSubscriptions) {
      const subscriptions = subscriptionIds.slice(at, at + mostSubscriptions);
      yield* this.#pagesOf(query, { subscriptions });
    }
  }

  /**
   * The rows that a query finds in the subscriptions of a management group and of those below it.
   * @throws AzureFailure, also for a group in which our identity sees nothing
   */
  pagesUnder(query: GraphQuery, managementGroup: string): AsyncGenerator<readonly unknown[]> {
    return this.#pagesOf(query, { managementGroups: [managementGroup] });
  }

  async *#pagesOf(query: GraphQuery, scope: Scope): AsyncGenerator<readonly unknown[]> {
    let skipToken: string | undefined;
    do {
      const page = await this.#page(query, scope, skipToken);
      if (page === undefined) return;
      skipToken = page.skipToken;
      if (page.resultTruncated === "true" && skipToken === undefined)
        throw new AzureFailure({ kind: "bug", message: `The query that was to ${query.what} cannot be paged.` });
      yield page.data as readonly unknown[];
    } while (skipToken !== undefined);
  }

  /**
   * @returns `undefined` when our identity sees nothing in any of the subscriptions, which is refused as no valid scope
   *   (Azure/aztfexport#491); of a management group that would be an answer to believe, so there it is an error
   */
  async #page(query: GraphQuery, scope: Scope, skipToken: string | undefined): Promise<QueryResponse | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#ask(query, scope, skipToken);
      } catch (error) {
        const [detail] = detailsOf(error);
        if ("subscriptions" in scope && detail?.code === "NoValidSubscriptionsInQueryRequest") return undefined;
        const needed = query.needs ?? { action: "Microsoft.ResourceGraph/resources/read", scope: "/" };
        const failure = azureFailure(error, { what: query.what, ...needed });
        const pauseMs = pauseAfter(failure.failure, attempt, patience);
        if (pauseMs === undefined) throw withDetail(failure, detail);
        await this.#clock.sleep(pauseMs);
      }
    }
  }

  async #ask(
    { text: query, authorizationScopeFilter }: GraphQuery,
    scope: Scope,
    skipToken: string | undefined,
  ): Promise<QueryResponse> {
    await this.#turn();
    this.#queries += 1;
    this.#unanswered += 1;
    const options = {
      top: pageSize,
      resultFormat: "objectArray",
      ...(authorizationScopeFilter === undefined ? {} : { authorizationScopeFilter }),
      ...(skipToken === undefined ? {} : { skipToken }),
    } as const;
    const onResponse: ResourcesOptionalParams["onResponse"] = ({ headers }) => {
      this.#told(headers.get("x-ms-user-quota-remaining"), headers.get("x-ms-user-quota-resets-after"));
    };
    return this.#client.resources({ query, ...scope, options }, { onResponse }).finally(() => {
      this.#unanswered -= 1;
    });
  }

  /** Waits until the quota has room for one more query, and takes it. */
  async #turn(): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      if (now >= this.#resetsAt) {
        this.#left = quota;
        this.#resetsAt = now + windowMs;
      }
      if (this.#left > 0) break;
      await this.#clock.sleep(this.#resetsAt - now);
    }
    this.#left -= 1;
  }

  /** What is left for us, whoever else asks as the same identity. */
  #told(remaining: string | undefined, resetsAfter: string | undefined): void {
    const [hours, minutes, seconds] = (resetsAfter ?? "").split(":").map(Number);
    const afterMs = ((hours ?? NaN) * 3_600 + (minutes ?? NaN) * 60 + (seconds ?? NaN)) * 1_000;
    if (Number.isFinite(afterMs)) {
      const resetsAt = this.#clock.now() + Math.min(afterMs, longestPauseMs);
      // Rounded up to whole seconds, so of what answers tell of one window the earliest is nearest to the truth.
      this.#resetsAt = resetsAt > this.#resetsAt + 1_000 ? resetsAt : Math.min(resetsAt, this.#resetsAt);
    }
    if (remaining !== undefined && /^\d+$/.test(remaining))
      this.#left = Math.max(0, Number(remaining) - (this.#unanswered - 1));
  }
}

interface Detail {
  readonly code?: string;
  readonly message?: string;
}

/** What went wrong: the message of the error itself only asks to quote it to support. */
function detailsOf(error: unknown): readonly Detail[] {
  if (!isRestError(error)) return [];
  const body = (error.details as { readonly error?: { readonly details?: unknown } } | undefined)?.error;
  return Array.isArray(body?.details) ? (body.details as readonly Detail[]) : [];
}

function withDetail({ failure, cause }: AzureFailure, detail: Detail | undefined): AzureFailure {
  const message =
    detail === undefined ? failure.message : `${failure.message} (${detail.code ?? ""}: ${detail.message ?? ""})`;
  return new AzureFailure({ ...failure, message }, { cause });
}
