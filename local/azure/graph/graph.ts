import { LRUCache } from "lru-cache";

import type { Caller } from "../arm-error.ts";
import { sameId } from "../arm-id.ts";
import type { World } from "../world.ts";
import { type Access, accessOf } from "./access.ts";
import type { Schema } from "./expression.ts";
import {
  type AskedScope,
  type AuthorizationScopeFilter,
  passes,
  type Place,
  type QueryScope,
  resolveScope,
} from "./query-scope.ts";
import { readQuery } from "./read-query.ts";
import { AUTHORIZATION_RESOURCES, type Entry, entriesOf, ROLE_DEFINITION, tables } from "./tables.ts";
import type { Row } from "./values.ts";

export interface GraphQuestion extends AskedScope {
  readonly caller: Caller;
  readonly query: string;
  readonly filter: AuthorizationScopeFilter;
}

/** The whole result of a query, of which an answer shows a page. */
export interface GraphResult {
  readonly schema: Schema;
  readonly rows: readonly Row[];
  readonly isLimited: boolean;
}

/**
 * Resource Graph over a world. Each page of a result is a query of its own, as of the time it comes; what is the same for
 * all of them, while the world does not change, is computed once.
 */
export class Graph {
  readonly #world: World;
  readonly #access = new LRUCache<string, Access>({ max: 8 });
  readonly #entries = new LRUCache<string, Entry[]>({ max: 2 });
  readonly #results = new LRUCache<string, GraphResult>({ max: 8 });

  constructor(world: World) {
    this.#world = world;
  }

  /**
   * @throws QueryError for a query that is refused
   * @throws ScopeError for a scope that is
   */
  answer({ caller, query: text, filter, ...asked }: GraphQuestion): GraphResult {
    const world = this.#world;
    world.settle();
    const at = world.graphTime();
    const revision = world.moments.revisionAt(at);
    const query = readQuery(text, tables);
    const access = remember(this.#access, [revision, caller.principalId], () => accessOf(world, caller, at));
    const scope = resolveScope(world, access, asked);
    const key = [revision, caller.principalId, text, filter, asked.managementGroups, [...scope.subscriptions]];
    return remember(this.#results, key, () => {
      const entries = remember(this.#entries, [revision, query.table], () => entriesOf(world, query.table, at));
      const isSeen =
        query.table === AUTHORIZATION_RESOURCES
          ? isSeenAuthorization(access, scope, filter)
          : isSeenResource(access, scope);
      const rows = query.run(entries.filter(isSeen).map(({ row }) => row));
      return { schema: query.schema, rows, isLimited: query.isLimited };
    });
  }
}

function remember<Value extends object>(cache: LRUCache<string, Value>, key: unknown[], make: () => Value): Value {
  const text = JSON.stringify(key);
  const known = cache.get(text);
  if (known) return known;
  const made = make();
  cache.set(text, made);
  return made;
}

/** What the caller cannot read is missing without a word. */
function isSeenResource(access: Access, { subscriptions }: QueryScope): (entry: Entry) => boolean {
  return ({ row, type, scope }) =>
    subscriptions.has(String(row.subscriptionId).toLowerCase()) && access.mayRead(type, scope);
}

/**
 * What is assigned above the query's scope is seen by whoever may read role assignments at one of its subscriptions, as in
 * ARM's own lists: an inference. So are role definitions, where they can be assigned in the scope.
 */
function isSeenAuthorization(
  access: Access,
  { subscriptions, placeOf }: QueryScope,
  filter: AuthorizationScopeFilter,
): (entry: Entry) => boolean {
  const mayReadInScope = (type: string): boolean =>
    [...subscriptions].some((id) => access.mayRead(type, `/subscriptions/${id}`));
  const places = new Map<string, Place | undefined>();
  const placed = (scope: string): Place | undefined => {
    if (!places.has(scope)) places.set(scope, placeOf(scope));
    return places.get(scope);
  };
  const inherited = new Map<string, boolean>();
  const mayReadAbove = (type: string): boolean => {
    const known = inherited.get(type) ?? mayReadInScope(type);
    inherited.set(type, known);
    return known;
  };
  return ({ type, scope, assignableScopes = [] }) => {
    if (type === ROLE_DEFINITION) {
      return mayReadAbove(type) && assignableScopes.some((one) => sameId(one, "/") || placed(one) !== undefined);
    }
    const place = placed(scope);
    if (!passes(place, filter)) return false;
    return access.mayRead(type, scope) || (place === "above" && mayReadAbove(type));
  };
}
