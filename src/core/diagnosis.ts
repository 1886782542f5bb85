import { formatId, type RegistryId, type WorkspaceId } from "./arm-id.ts";
import type { Asked, Check, DiagnosisFacts, DiagnosisReads, Found, Line, RightsAsked } from "./diagnosis-facts.ts";
import { buildRightLines, identityLines, pullersOf, pullRightLines } from "./diagnosis-identities.ts";
import { attachedLine, reachLines, registryLine } from "./diagnosis-registry.ts";
import { keysLine, ownRightsLine, serviceLines } from "./diagnosis-service.ts";
import { AzureFailure } from "./failure.ts";
import type { Memory } from "./memory.ts";
import { desiredRegistry, type Policy } from "./policy.ts";
import type { AzureReads, Clock } from "./ports.ts";
import { workspacePrincipals } from "./pull-principals.ts";
import { registryInUse } from "./registry-in-use.ts";

/** Why a workspace cannot pull its images, as an engineer would find it out. */
export interface Diagnosis {
  readonly id: string;
  /** The first problem, in one sentence. */
  readonly verdict: string;
  readonly lines: readonly Line[];
}

/** What must not be concluded from a line of each check: where nothing is wrong, and where something is. */
const doesNotProve: Readonly<Record<Check, { readonly right: string; readonly wrong: string }>> = {
  registry: {
    right: "That the image is in it, or that anybody can reach it.",
    wrong: "That it is gone or of no use: what our identity may not see looks as if it were missing.",
  },
  attached: {
    right: "That every image comes from it: an environment may name an image in another registry.",
    wrong: "That nothing can be pulled: images of public registries need no attachment.",
  },
  identities: {
    right: "That a compute or an endpoint which is made later has an identity.",
    wrong: "That nothing can be pulled: the admin user, and images of public registries, need no identity.",
  },
  pullRight: {
    right: "That it acts already: Azure takes up to ten minutes, Azure Machine Learning up to an hour.",
    wrong: "That nothing can be pulled: the admin user, and images of public registries, need no right.",
  },
  network: {
    right: "That a compute reaches it: the routes, firewalls and name resolution of its own network are not looked at.",
    wrong: "That nobody reaches it: Azure's trusted services may be let past the rules.",
  },
  imageBuild: {
    right: "That a build succeeds: what builds has to run, and to reach the registry and what the image is made from.",
    wrong: "That nothing can be pulled: an image that is there needs no build.",
  },
  login: {
    right: "That a login succeeds: it takes the network and a right as well.",
    wrong: "That nobody can log in: tokens made for the registry itself, and the admin user, are let in.",
  },
  buildRight: {
    right: "That a build succeeds: it takes the network and what the image is made from as well.",
    wrong: "That nothing can be pulled: an image that is there needs no build.",
  },
  keys: {
    right: "That the copies of keys are current: Azure has no way to ask, and only what this app saw is remembered.",
    wrong: "That nothing can be pulled: an identity pulls without any key.",
  },
  service: {
    right: "That nothing else is wrong: an empty answer proves nothing.",
    wrong: "That it keeps anybody from pulling: the service tells what it finds, whatever that leads to.",
  },
  ownRights: {
    right: "That nothing else would be refused: only what was read just now, and tried by the last look, is known.",
    wrong: "That the workspace cannot pull: it says what this app cannot see or do.",
  },
};

function caution({ check, status }: Found): string {
  if (status === "unknown") return "Anything: it could not be found out.";
  return status === "problem" ? doesNotProve[check].wrong : doesNotProve[check].right;
}

/**
 * Diagnoses one workspace: reads what there is to read, changes nothing, needs no lease and no memory. A read that is refused or
 * fails makes its line `unknown`, and the report goes on.
 * @param memory what is remembered of the workspace, or why it could not be had
 * @param signal ends every read that has not been answered by then
 * @returns `undefined` when there is no such workspace
 * @throws AzureFailure when the workspace itself cannot be read
 */
export async function diagnose(
  workspace: WorkspaceId,
  memory: Asked<Memory | undefined>,
  policy: Policy,
  ports: { readonly reads: AzureReads; readonly diagnosisReads: DiagnosisReads; readonly clock: Pick<Clock, "now"> },
  signal: AbortSignal,
): Promise<Diagnosis | undefined> {
  const facts = await gather(workspace, memory, policy, ports, signal);
  return facts === undefined ? undefined : diagnosisOf(facts);
}

/** The report on these facts. Pure and total; a new check adds its lines here, where an engineer would look for them. */
export function diagnosisOf(facts: DiagnosisFacts): Diagnosis {
  const found: readonly Found[] = [
    registryLine(facts),
    attachedLine(facts),
    ...identityLines(facts),
    ...pullRightLines(facts),
    ...reachLines(facts),
    ...buildRightLines(facts),
    keysLine(facts),
    ...serviceLines(facts),
    ownRightsLine(facts),
  ];
  return {
    id: formatId(facts.workspace.id),
    verdict: verdictOf(found),
    lines: found.map(({ fix, ...line }) => ({
      ...line,
      doesNotProve: caution(line),
      ...(fix === undefined ? {} : { fix }),
    })),
  };
}

function verdictOf(lines: readonly Found[]): string {
  const problem = lines.find(({ status }) => status === "problem");
  if (problem !== undefined) return problem.found;
  const open = new Set(lines.filter(({ status }) => status === "unknown").map(({ check }) => check));
  if (open.size > 0) return `No problem was found, but these checks could not be made: ${[...open].join(", ")}.`;
  return "No problem was found.";
}

type Ports = Parameters<typeof diagnose>[3];

/** Asks for everything at once that does not depend on something else. @throws AzureFailure as `diagnose` */
async function gather(
  id: WorkspaceId,
  memory: Asked<Memory | undefined>,
  policy: Policy,
  { reads, diagnosisReads, clock }: Ports,
  signal: AbortSignal,
): Promise<DiagnosisFacts | undefined> {
  const at = clock.now();
  const workspace = await reads.workspace(id, signal);
  if (workspace === undefined) return undefined;
  const { hubId } = workspace;
  const own = workspacePrincipals(workspace.identity);
  const ofRegistry = async (): Promise<Pick<DiagnosisFacts, "hub" | "desired" | "registry">> => {
    const hub = hubId === undefined ? undefined : await asked(reads.workspace(hubId, signal));
    const seen = hub?.known === true ? hub.fact : undefined;
    // What the app would attach is told also where it is not to.
    const desired = desiredRegistry({ ...policy, attach: "whenMissing" }, workspace, seen);
    const part = { desired, ...(hub === undefined ? {} : { hub }) };
    const registry = registryInUse(workspace, seen) ?? (desired.kind === "registry" ? desired.id : undefined);
    if (registry === undefined) return part;
    return {
      ...part,
      registry: { id: registry, details: await asked(diagnosisReads.registryDetails(registry, signal)) },
    };
  };
  const [registryPart, computes, endpoints, service] = await Promise.all([
    ofRegistry(),
    asked(reads.children(id, "compute", signal)),
    asked(reads.children(id, "endpoint", signal)),
    asked(diagnosisReads.serviceDiagnosis(id, signal)),
  ]);
  const pullers = pullersOf({ own, computes, endpoints });
  const registry = registryPart.registry?.id;
  const rights = registry === undefined ? [] : await Promise.all(pullers.map(rightsOf(registry, reads, at, signal)));
  return { workspace, ...registryPart, own, computes, endpoints, rights: new Map(rights), service, memory, at };
}

function rightsOf(registry: RegistryId, reads: AzureReads, freshAfter: number, signal: AbortSignal) {
  return async ({ principalId }: { readonly principalId: string }): Promise<readonly [string, RightsAsked]> => {
    const [assignments, denials] = await Promise.all([
      asked(reads.assignments(principalId, registry, freshAfter, signal)),
      asked(reads.denials(principalId, registry, freshAfter, signal)),
    ]);
    return [principalId.toLowerCase(), { assignments, denials }];
  };
}

async function asked<Fact>(read: Promise<Fact>): Promise<Asked<Fact>> {
  try {
    return { known: true, fact: await read };
  } catch (error) {
    if (error instanceof AzureFailure) return { known: false, failure: error.failure };
    throw error;
  }
}
