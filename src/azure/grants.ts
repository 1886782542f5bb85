import type { Action } from "../core/actions.ts";
import { formatId, sameText } from "../core/arm-id.ts";
import { AzureFailure } from "../core/failure.ts";
import type { Lease } from "../core/ports.ts";
import type { Arm } from "./arm.ts";
import { assignmentIdOf, assignmentName } from "./assignment-name.ts";
import { answerIn, type Attempt, azureFailure, throwUnlessNotFound } from "./errors.ts";

/** How the description of every assignment that we make begins. */
const ours = "azureml-acr-remediator:";

/**
 * Grants the pull role on the registry with one request. Done as well when the principal turns out to hold that very role
 * there already: `RoleAssignmentExists` is believed after a list has shown it.
 * @returns the id of the assignment
 * @throws AzureFailure
 */
export async function grantPull(arm: Arm, action: Action & { kind: "GrantPull" }, lease: Lease): Promise<string> {
  const { registry, role, principalId, workspace } = action;
  const scope = formatId(registry);
  const what = `grant ${role.name} on ${registry.name} to the ${action.label}`;
  const roleDefinitionId = `/subscriptions/${registry.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role.id}`;
  const name = assignmentName(registry, role.id, principalId);
  lease.assertHeld();
  try {
    const { id } = await arm.authorizationWriter(registry.subscriptionId).roleAssignments.create(
      scope,
      name,
      {
        roleDefinitionId,
        principalId,
        principalType: "ServicePrincipal",
        description: `${ours} lets the ${action.label} of ${formatId(workspace)} pull images`,
      },
      { abortSignal: lease.signal },
    );
    return id ?? assignmentIdOf(action);
  } catch (error) {
    lease.assertHeld();
    if (answerIn(error).code === "RoleAssignmentExists") {
      const existing = await held(arm, action, roleDefinitionId, lease);
      if (existing !== undefined) return existing;
    }
    throw azureFailure(error, { what, action: "Microsoft.Authorization/roleAssignments/write", scope });
  }
}

/**
 * The id of the assignment by which a list shows that the principal holds this role at the registry itself. Azure keeps one
 * assignment of a role, so one with a condition stands in the way of a whole one.
 */
async function held(
  arm: Arm,
  { registry, principalId, role, label }: Action & { kind: "GrantPull" },
  roleDefinitionId: string,
  lease: Lease,
): Promise<string | undefined> {
  const scope = formatId(registry);
  const options = { filter: `principalId eq '${principalId}'`, abortSignal: lease.signal };
  try {
    for await (const found of arm.authorization(registry.subscriptionId).roleAssignments.listForScope(scope, options)) {
      if (!sameText(found.scope ?? "", scope) || !sameText(found.roleDefinitionId ?? "", roleDefinitionId)) continue;
      if (!found.condition) return found.id ?? "";
      throw new AzureFailure({
        kind: "operatorMustAct",
        blockedReason: "RequestRefused",
        message: `Could not grant ${role.name} on ${registry.name} to the ${label}: it holds that role there with a condition, which may leave repositories out. Remove its condition or the assignment ${found.id ?? ""}.`,
      });
    }
    return undefined;
  } catch (error) {
    lease.assertHeld();
    throw azureFailure(error, {
      what: `see whether the ${label} holds ${role.name} on ${registry.name} already`,
      action: "Microsoft.Authorization/roleAssignments/read",
      scope,
    });
  }
}

/**
 * Removes the assignment that we made for a principal: the one under our own name for it, and only when its description says that
 * it is ours and it is that principal's. Done as well when there is none.
 * @throws AzureFailure
 */
export async function pruneGrant(arm: Arm, action: Action & { kind: "PruneGrant" }, lease: Lease): Promise<void> {
  const { registry, roleId, principalId, label } = action;
  const scope = formatId(registry);
  const name = assignmentName(registry, roleId, principalId);
  const attempt = (verb: "read" | "delete"): Attempt => ({
    what: `remove the grant that was made for the ${label} on ${registry.name}`,
    action: `Microsoft.Authorization/roleAssignments/${verb}`,
    scope,
  });
  const { signal: abortSignal } = lease;
  const found = await arm
    .authorization(registry.subscriptionId)
    .roleAssignments.get(scope, name, { abortSignal })
    .catch((error: unknown) => {
      throwUnlessNotFound(error, attempt("read"));
      return undefined;
    });
  const isOurs = found?.description?.startsWith(ours) === true && sameText(found.principalId ?? "", principalId);
  if (!isOurs) return;
  lease.assertHeld();
  await arm
    .authorizationWriter(registry.subscriptionId)
    .roleAssignments.delete(scope, name, { abortSignal })
    .catch((error: unknown) => {
      lease.assertHeld();
      throwUnlessNotFound(error, attempt("delete"));
    });
}
