import { formatId } from "./arm-id.ts";
import type { Memory } from "./memory.ts";
import type { Observation, ObservedPrincipal } from "./observation.ts";

/** What a look saw, in the form that is remembered and shown. */
export function seenIn(observation: Observation & { readonly kind: "found" }): NonNullable<Memory["seen"]> {
  const registryId = observation.registry?.id ?? observation.workspace.containerRegistry;
  const { storageAccount } = observation.workspace;
  return {
    ...(storageAccount === undefined ? {} : { storageAccountId: formatId(storageAccount) }),
    ...(registryId === undefined ? {} : { registryId: formatId(registryId) }),
    principals: observation.principals.map((principal) => ({
      label: principal.label,
      ...(principal.principalId === undefined ? {} : { principalId: principal.principalId }),
      canPull: principal.grant?.held === true,
      how: howGranted(principal),
    })),
  };
}

/** "Holds the right" is all that can be said: Azure takes up to ten minutes to let a new right take effect. */
function howGranted({ principalId, grant }: ObservedPrincipal): string {
  if (principalId === undefined) return "does not exist yet";
  if (grant === undefined) return "not looked at";
  if (grant.held) return `holds ${grant.role} through ${grant.through} at ${grant.scope}`;
  return grant.note ?? "holds no role that permits pulling";
}
