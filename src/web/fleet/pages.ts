import { useEffect, useRef, useState } from "preact/hooks";
import type { FleetPage } from "../../api/fleet.ts";
import { type Api, useApi } from "../api/api.ts";
import { type ApiProblem, problemOf } from "../api/problem.ts";
import type { Filter } from "../shared/address.ts";

export type Listed = FleetPage["workspaces"][number];

const pageSize = 100;
/** More rows than these are never in the document, however many are loaded: the earliest make room. */
const mostRows = 400;
/** A page may be empty and not be the last: so many are asked for before somebody is asked whether to go on. */
const mostAsked = 10;

interface Rows {
  readonly rows: readonly Listed[];
  /** How many made room for later ones. */
  readonly putAway: number;
  readonly continuation?: string;
}

export interface Pages extends Rows {
  readonly isLoading: boolean;
  readonly problem: ApiProblem | undefined;
  readonly more: () => void;
  /** Begins again with the first page. */
  readonly restart: () => void;
}

const nothing: Rows = { rows: [], putAway: 0 };

/**
 * The workspaces that a filter chooses, page by page.
 * @param news whenever it is another and no second page was asked for, the first one is asked for again
 */
export function usePages(filter: Filter, news: object): Pages {
  const api = useApi();
  const [known, setKnown] = useState<Rows>(nothing);
  const [isLoading, setIsLoading] = useState(true);
  const [problem, setProblem] = useState<ApiProblem>();
  const running = useRef<AbortController>(undefined);
  const isFirstPage = known.rows.length <= pageSize && known.putAway === 0;

  const load = (before: Rows, isQuiet = false): void => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    setProblem(undefined);
    if (!isQuiet) setIsLoading(true);
    pageAfter(api, filter, before.continuation, controller.signal)
      .then((page) => {
        if (controller.signal.aborted) return;
        setKnown(withPage(before, page));
        setIsLoading(false);
      })
      .catch((error: unknown) => {
        if (controller.signal.aborted) return;
        setProblem(problemOf(error));
        setIsLoading(false);
      });
  };

  useEffect(() => {
    load(nothing);
    return () => running.current?.abort();
  }, [api, ...Object.values(filter)]);

  const heard = useRef(news);
  useEffect(() => {
    if (heard.current === news) return;
    heard.current = news;
    if (isFirstPage && !isLoading) load(nothing, true);
  }, [news]);

  return {
    ...known,
    isLoading,
    problem,
    more: () => {
      load(known);
    },
    restart: () => {
      load(nothing);
    },
  };
}

/** The next rows: as many as make a page, or as there are. */
async function pageAfter(
  api: Api,
  filter: Filter,
  continuation: string | undefined,
  signal: AbortSignal,
): Promise<FleetPage> {
  const workspaces: Listed[] = [];
  let next = continuation;
  for (let asked = 0; asked < mostAsked; asked += 1) {
    const query = new URLSearchParams(Object.entries(filter).filter(([, value]: [string, string]) => value !== ""));
    query.set("limit", String(pageSize - workspaces.length));
    if (next !== undefined) query.set("continuation", next);
    const page = await api.workspaces(query, signal);
    workspaces.push(...page.workspaces);
    next = page.continuation;
    if (next === undefined || workspaces.length >= pageSize) break;
  }
  return { workspaces, ...(next === undefined ? {} : { continuation: next }) };
}

function withPage({ rows, putAway }: Rows, { workspaces, continuation }: FleetPage): Rows {
  const all = [...rows, ...workspaces];
  const kept = all.slice(-mostRows);
  return {
    rows: kept,
    putAway: putAway + all.length - kept.length,
    ...(continuation === undefined ? {} : { continuation }),
  };
}
