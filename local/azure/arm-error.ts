/** An error as ARM answers it: an HTTP status and `{"error":{"code","message"}}`. */
export class ArmError extends Error {
  override readonly name = "ArmError";
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export interface Caller {
  readonly principalId: string;
  readonly clientId: string;
  /** Which process it is, where processes of one identity are told apart. */
  readonly client?: string;
}

/*
 * The texts below are those that users of ARM quote in public issue threads; programs and people match on their parts
 * (the action, the scope, the id), so they are kept to the letter where the letter is known.
 */

export function missingApiVersion(): ArmError {
  return new ArmError(
    400,
    "MissingApiVersionParameter",
    "The api-version query parameter (?api-version=) is required for all requests.",
  );
}

export function unknownApiVersion(type: string, apiVersion: string, supported: readonly string[]): ArmError {
  const [namespace = "", ...rest] = type.split("/");
  const versions = supported.join(", ");
  if (namespace.toLowerCase() === "microsoft.resources") {
    return new ArmError(
      400,
      "InvalidApiVersionParameter",
      `The api-version '${apiVersion}' is invalid. The supported versions are '${versions}'.`,
    );
  }
  return new ArmError(
    400,
    "NoRegisteredProviderFound",
    `No registered resource provider found for location '' and API version '${apiVersion}' for type '${rest.join("/")}'. ` +
      `The supported api-versions are '${versions}'.`,
  );
}

export function unknownPath(path: string): ArmError {
  const [, namespace, type] = /\/providers\/([^/]+)\/([^/]+)(?!.*\/providers\/)/i.exec(path) ?? [];
  if (namespace === undefined || type === undefined) {
    return new ArmError(
      404,
      "MissingSubscription",
      "The request did not have a subscription or a valid tenant level resource provider.",
    );
  }
  return new ArmError(
    404,
    "InvalidResourceType",
    `The resource type '${type}' could not be found in the namespace '${namespace}' for this path and method: ${path}`,
  );
}

export function notFound(type: string, name: string, resourceGroup: string): ArmError {
  return new ArmError(
    404,
    "ResourceNotFound",
    `The Resource '${type}/${name}' under resource group '${resourceGroup}' was not found. ` +
      "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
  );
}

export function resourceGroupNotFound(name: string): ArmError {
  return new ArmError(404, "ResourceGroupNotFound", `Resource group '${name}' could not be found.`);
}

export function subscriptionNotFound(subscriptionId: string): ArmError {
  return new ArmError(404, "SubscriptionNotFound", `The subscription '${subscriptionId}' could not be found.`);
}

export function authorizationFailed(caller: Caller, action: string, scope: string): ArmError {
  return new ArmError(
    403,
    "AuthorizationFailed",
    `The client '${caller.clientId}' with object id '${caller.principalId}' does not have authorization to perform ` +
      `action '${action}' over scope '${scope}' or the scope is invalid. ` +
      "If access was recently granted, please refresh your credentials.",
  );
}

/**
 * Of an action that a role permits only under a condition. Source of the text:
 * https://learn.microsoft.com/azure/role-based-access-control/troubleshooting ("Unable to assign a role"). Others have met
 * "has an authorization with ABAC condition that is not fulfilled to perform action …" under the same code.
 */
export function conditionNotFulfilled(caller: Caller, action: string, scope: string): ArmError {
  return new ArmError(
    403,
    "AuthorizationFailed",
    `The client '${caller.clientId}' with object id '${caller.principalId}' does not have authorization or an ABAC ` +
      `condition not fulfilled to perform action '${action}' over scope '${scope}' or the scope is invalid. ` +
      "If access was recently granted, please refresh your credentials.",
  );
}

export function deniedByAssignment(
  caller: Caller,
  action: string,
  scope: string,
  denial: { denyAssignmentName: string; name: string; scope: string },
): ArmError {
  return new ArmError(
    403,
    "DenyAssignmentAuthorizationFailed",
    `The client '${caller.clientId}' with object id '${caller.principalId}' has permission to perform action ` +
      `'${action}' on scope '${scope}'; however, the access is denied because of the deny assignment with name ` +
      `'${denial.denyAssignmentName}' and Id '${denial.name.replaceAll("-", "")}' at scope '${denial.scope}'.`,
  );
}

export function linkedAuthorizationFailed(
  caller: Caller,
  action: string,
  scope: string,
  linkedAction: string,
  linkedScope: string,
): ArmError {
  return new ArmError(
    403,
    "LinkedAuthorizationFailed",
    `The client '${caller.clientId}' with object id '${caller.principalId}' has permission to perform action ` +
      `'${action}' on scope '${scope}'; however, it does not have permission to perform action(s) '${linkedAction}' ` +
      `on the linked scope(s) '${linkedScope}' (respectively) or the linked scope(s) are invalid.`,
  );
}

export function badRequest(message: string, code = "BadRequest"): ArmError {
  return new ArmError(400, code, message);
}

export function conflict(message: string, code = "Conflict"): ArmError {
  return new ArmError(409, code, message);
}
