/** What the requests of a look mean for it, beyond that a look is asked for. */
import { sameText } from "./arm-id.ts";
import type { OperatorExemption } from "./exemption.ts";
import type { Subject } from "./examine.ts";
import type { Attachment, Change, Memory } from "./memory.ts";
import type { Request, RotatedKeys } from "./ports.ts";

const workspaceWrite = "Microsoft.MachineLearningServices/workspaces/write";
const undoes: readonly string[] = [workspaceWrite, "Microsoft.Authorization/roleAssignments/delete"];

/**
 * How fresh facts have to be that answer these requests. Whoever asks by hand has just changed something; a sweep is there to
 * find who pulls without that an event told. A look that was scheduled to see what has come meanwhile takes nothing that was read
 * before it was due; where another look comes earlier, it takes what was read since it was scheduled.
 * @param now milliseconds since the epoch
 */
export function since(
  requests: readonly Request[],
  now: number,
): Pick<Subject, "freshAfter" | "listAfter" | "membersAfter"> {
  const latest = (isOne: (request: Request) => boolean): number =>
    Math.max(
      0,
      ...requests.filter(isOne).map(({ acceptedAt, dueAt = Infinity }) => (dueAt <= now ? dueAt : acceptedAt)),
    );
  const freshAfter = latest(({ cause, fresh }) => cause === "http" || fresh === true);
  const membersAfter = Math.max(
    freshAfter,
    latest(({ cause }) => cause === "sweep"),
  );
  const listAfter = Math.max(
    membersAfter,
    latest(({ list }) => list === true),
  );
  return { freshAfter, listAfter, membersAfter };
}

/**
 * What these requests ask of the look after this one, as this one did not come to it.
 * @param looked whether everything was read that there is to read
 * @param goesOn whether what it was for is not over
 */
export function stillWanted(
  requests: readonly Request[],
  looked: boolean,
  goesOn: boolean,
): Pick<Request, "fresh" | "list" | "confirm"> {
  const fresh = !looked && requests.some((one) => one.cause === "http" || one.fresh === true);
  // A sweep wants to know who pulls.
  const list = !looked && requests.some((one) => one.cause === "sweep" || one.list === true);
  const confirm = goesOn && wantsConfirmation(requests);
  return { ...(fresh ? { fresh } : {}), ...(list ? { list } : {}), ...(confirm ? { confirm } : {}) };
}

/** Whether a look for these requests that finds nothing to do may have looked too early. */
export function wantsConfirmation(requests: readonly Request[]): boolean {
  return requests.some(({ confirm }) => confirm === true);
}

/** The latest rotations, those of these requests included; one from the future counts as now, so that later ones still count. */
export function rotations(requests: readonly Request[], before: Memory["rotated"], now: number): Memory["rotated"] {
  const told = requests.flatMap(({ rotated }) => (rotated === undefined ? [] : [rotated]));
  if (told.length === 0) return before;
  const latest = (keys: RotatedKeys): number | undefined => {
    const times = told.flatMap((one) => (one.of === keys ? [Math.min(one.at, now)] : []));
    const known = before?.[keys];
    return times.length === 0 ? known : Math.max(known ?? 0, ...times);
  };
  const [registry, storageAccount] = [latest("registry"), latest("storageAccount")];
  return {
    ...(registry === undefined ? {} : { registry }),
    ...(storageAccount === undefined ? {} : { storageAccount }),
  };
}

/** What an operator said last about leaving the workspace alone, unless it is over. @param requests in the order of their acceptance */
export function exempted(
  requests: readonly Request[],
  before: OperatorExemption | undefined,
  now: number,
): OperatorExemption | undefined {
  const said = requests.findLast(({ exempt }) => exempt !== undefined)?.exempt ?? before;
  return said === "lifted" || said === undefined || said.until <= now ? undefined : said;
}

/**
 * The latest change by somebody else, among those that these requests tell of and that can undo a repair; what the app itself
 * did never becomes a request. One from the future counts as now.
 */
export function foreignChange(requests: readonly Request[], now: number): Change | undefined {
  const undoing = changesIn(requests).filter(({ operation = "" }) => undoes.some((one) => sameText(one, operation)));
  const clamped = undoing.map((change) => ({ ...change, at: Math.min(change.at, now) }));
  return clamped.reduce<Change | undefined>(
    (latest, change) => (latest === undefined || change.at > latest.at ? change : latest),
    undefined,
  );
}

/** Whether a change to the workspace itself, which can take a registry away, is what a change was. */
export function isWorkspaceWrite({ operation = "" }: Pick<Change, "operation">): boolean {
  return sameText(operation, workspaceWrite);
}

/** The change of the workspace by somebody else, told of by these requests, that our attachment may have overwritten. */
export function racedBy({ lookedAt, attachedAt }: Attachment, requests: readonly Request[]): Change | undefined {
  return changesIn(requests).find(
    (change) => isWorkspaceWrite(change) && lookedAt <= change.at && change.at <= attachedAt,
  );
}

function changesIn(requests: readonly Request[]): readonly Change[] {
  return requests.flatMap(({ changedAt: at, evidence: { actor, operation } = {} }) =>
    at === undefined
      ? []
      : [{ at, ...(actor === undefined ? {} : { actor }), ...(operation === undefined ? {} : { operation }) }],
  );
}
