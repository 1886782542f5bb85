/** Judges what became of requests for a look: none may be forgotten before somebody looked for it. */
import type { Fact } from "./facts.ts";
import type { Violation } from "./oracle-writes.ts";

/** Positions among the facts: of the requests that wait for one workspace, and of the last read by each process. */
interface Waiting {
  readonly rows: Map<string, number>;
  readonly readBy: Map<string, number>;
}

/**
 * A request may leave the inbox only when whoever removes it has asked Azure about the workspace after the request came,
 * or leaves another request in its place: the look that comes instead.
 */
export function judgeRequests(facts: readonly Fact[]): readonly Violation[] {
  const courses = new Map<string, Waiting>();
  const courseOf = (workspaceId: string): Waiting => {
    const course = courses.get(workspaceId) ?? { rows: new Map<string, number>(), readBy: new Map<string, number>() };
    courses.set(workspaceId, course);
    return course;
  };
  return facts.flatMap((fact, position): readonly Violation[] => {
    if (fact.kind === "sent" && fact.operation === "read")
      for (const id of fact.workspaceIds) courseOf(id).readBy.set(fact.client, position);
    if (fact.kind === "accepted") for (const row of fact.rows) courseOf(fact.workspaceId).rows.set(row, position);
    return fact.kind === "removed" ? removed(fact, courseOf(fact.workspaceId)) : [];
  });
}

function removed(
  { workspaceId, client, rows: leaving, at }: Fact & { kind: "removed" },
  { rows, readBy }: Waiting,
): readonly Violation[] {
  const came = leaving.map((row) => rows.get(row) ?? -Infinity);
  for (const row of leaving) rows.delete(row);
  const looked = readBy.get(client) ?? -Infinity;
  const forgotten = came.filter((position) => position > looked).length;
  if (forgotten === 0 || rows.size > 0) return [];
  const detail = `${client} removed ${forgotten} requests, and had not asked Azure since they came`;
  return [{ rule: "lostRequest", workspaceId, at, detail }];
}
