import { formatId } from "./arm-id.ts";
import { isYoung } from "./grants.ts";
import type { Memory } from "./memory.ts";
import type { Observation, ObservedPrincipal } from "./observation.ts";
import type { Plan } from "./plan.ts";
import { firstOf } from "./shorten.ts";

/** More than these are counted, those who cannot pull last. */
const mostPrincipals = 100;

/** What a look saw, in the form that is remembered and shown. */
export function seenIn(
  observation: Observation & { readonly kind: "found" },
  { principals }: Pick<Plan, "principals">,
): NonNullable<Memory["seen"]> {
  const registryId = observation.registry?.id ?? observation.workspace.containerRegistry;
  const { storageAccount } = observation.workspace;
  const all = principals.length === 0 ? observation.principals : principals;
  const { kept, more } = firstOf(all, mostPrincipals, ({ grant }) => grant?.held !== true);
  return {
    ...(storageAccount === undefined ? {} : { storageAccountId: formatId(storageAccount) }),
    ...(registryId === undefined ? {} : { registryId: formatId(registryId) }),
    ...(more === 0 ? {} : { more }),
    principals: kept.map((principal) => ({
      label: principal.label,
      ...(principal.principalId === undefined ? {} : { principalId: principal.principalId }),
      canPull: principal.grant?.held === true,
      how: howGranted(principal, observation.at),
    })),
  };
}

/** "Holds the right" is all that can be said: Azure takes up to ten minutes to let a new right take effect. */
function howGranted({ principalId, grant }: ObservedPrincipal, now: number): string {
  if (principalId === undefined) return "does not exist yet";
  if (grant === undefined) return "not looked at";
  if (grant.held && grant.through === "the admin user") return `pulls as the admin user of ${grant.scope}`;
  if (grant.held)
    return `holds ${grant.role} through ${grant.through} at ${grant.scope}${isYoung(grant, now) ? ", for less than ten minutes: it may not act yet" : ""}`;
  return grant.note ?? "holds no role that permits pulling";
}
