import { formatId, sameId } from "./arm-id.ts";
import type { ObservedIdentity } from "./observation.ts";

/** Whose identities pull images for a workspace. */
export type Puller = "workspace" | "compute" | "endpoint";

/** An identity that pulls images for a workspace. */
export interface PullPrincipal {
  readonly of: Puller;
  /** For a person: `workspace identity`, `user-assigned identity NAME of the compute NAME`. */
  readonly label: string;
  /** The object id in Entra ID; absent while Azure has not created it yet. */
  readonly principalId?: string;
  /** Of a user-assigned identity: its ARM id. */
  readonly identityId?: string;
}

/** A compute or an online endpoint of a workspace. */
export interface ObservedChild {
  readonly of: Exclude<Puller, "workspace">;
  readonly name: string;
  readonly provisioningState: string;
  readonly identity: ObservedIdentity;
}

/**
 * The identities of the workspace itself that pull for it (computes without an identity of their own use the workspace's).
 * The system-assigned one always counts. Of user-assigned ones the primary represents the workspace; where none is
 * named, any of them may be used and all count.
 */
export function workspacePrincipals(identity: ObservedIdentity): readonly PullPrincipal[] {
  const { primary: named } = identity;
  const primary = named === undefined ? [] : identity.userAssigned.filter(({ id }) => sameId(id, named));
  const userAssigned = primary.length > 0 ? primary : identity.systemAssigned ? [] : identity.userAssigned;
  return [
    ...systemAssigned(identity, "workspace", "workspace identity"),
    ...userAssigned.map((one) => userAssignedPrincipal(one, "workspace", "")),
  ];
}

/**
 * The identity that pulls for a compute or an online endpoint: its system-assigned one, else its first user-assigned one. None
 * for what has no identity (a compute then pulls as its workspace), is on its way out, or failed before Azure made it one.
 */
export function childPrincipal({ of, name, provisioningState, identity }: ObservedChild): PullPrincipal | undefined {
  const whose = `${of === "compute" ? "compute" : "online endpoint"} ${name}`;
  const [first] = identity.userAssigned;
  const [found] = [
    ...systemAssigned(identity, of, `identity of the ${whose}`),
    ...(first === undefined ? [] : [userAssignedPrincipal(first, of, ` of the ${whose}`)]),
  ];
  const state = provisioningState.toLowerCase();
  const isNone = state === "deleting" || (["failed", "canceled"].includes(state) && found?.principalId === undefined);
  return isNone ? undefined : found;
}

function systemAssigned(
  { systemAssigned: has, systemPrincipalId: principalId }: ObservedIdentity,
  of: Puller,
  label: string,
): readonly PullPrincipal[] {
  return has ? [{ of, label, ...(principalId === undefined ? {} : { principalId }) }] : [];
}

function userAssignedPrincipal(
  { id, principalId }: ObservedIdentity["userAssigned"][number],
  of: Puller,
  whose: string,
): PullPrincipal {
  const label = `user-assigned identity ${id.names.join("/")}${whose}`;
  return { of, label, identityId: formatId(id), ...(principalId === undefined ? {} : { principalId }) };
}
