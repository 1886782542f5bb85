import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { answerIn, azureFailure, classify } from "../../src/azure/errors.ts";
import { InvalidIdError } from "../../src/core/arm-id.ts";
import { AzureFailure } from "../../src/core/failure.ts";
import {
  acceptance,
  adapters,
  attach,
  failureOf,
  grantTo,
  group,
  leaseOf,
  principalIn,
  registryId,
  sync,
  workspaceId,
} from "./setting.ts";

const denyText =
  "The client 'c' with object id 'o' has permission to perform action 'x/write' on scope 's'; however, the access is " +
  "denied because of the deny assignment with name 'Managed by a blueprint' and Id 'd' at scope 's'.";

describe("what Azure has no part in", () => {
  const attempt = { what: "read it", action: "a/read", scope: "/s" };

  test.each([new TypeError("x is undefined"), new InvalidIdError("no id")])("is our own mistake: %s", (error) => {
    const { failure } = azureFailure(error, attempt);
    expect(failure).toMatchObject({
      kind: "bug",
      message: `Could not read it, by a mistake of the app: ${error.message}`,
    });
  });

  test.each([new Error("socket hang up"), new DOMException("aborted", "AbortError")])("passes: %s", (error) => {
    expect(azureFailure(error, attempt).failure.kind).toBe("transient");
  });
});

describe("what Azure answers to a write means, and is told", () => {
  test.each([
    [400, "PrincipalNotFound", "principalUnknown", undefined],
    [409, "RoleAssignmentExists", "transient", undefined],
    [400, "RoleAssignmentUpdateNotPermitted", "operatorMustAct", "RequestRefused"],
    [400, "RoleAssignmentLimitExceeded", "operatorMustAct", "RoleAssignmentLimit"],
    [409, "RoleAssignmentLimitExceeded", "operatorMustAct", "RoleAssignmentLimit"],
    [403, "AuthorizationFailed", "missingPermission", undefined],
    [403, "LinkedAuthorizationFailed", "missingPermission", undefined],
    [403, "RequestDisallowedByPolicy", "operatorMustAct", "DisallowedByPolicy"],
    [409, "ReadOnlyDisabledSubscription", "operatorMustAct", "RequestRefused"],
    [409, "ScopeLocked", "operatorMustAct", "ScopeLocked"],
    [404, "ResourceNotFound", "notFound", undefined],
    [404, "ResourceGroupNotFound", "notFound", undefined],
    [404, "SubscriptionNotFound", "missingPermission", undefined],
    [409, "Conflict", "busy", undefined],
    [409, "AnotherOperationInProgress", "busy", undefined],
    [409, "SomethingNew", "busy", undefined],
    [412, "SomethingNew", "busy", undefined],
    [400, "UnmatchedPrincipalType", "bug", undefined],
    [400, "InvalidPrincipalId", "bug", undefined],
    [400, "PrincipalTypeNotSupported", "bug", undefined],
    [429, "TooManyRequests", "throttled", undefined],
    [429, "SubscriptionRequestsThrottled", "throttled", undefined],
    [401, "ExpiredAuthenticationToken", "transient", undefined],
    [408, "RequestTimeout", "transient", undefined],
    [500, "InternalServerError", "transient", undefined],
    [504, "GatewayTimeout", "transient", undefined],
    [400, "BadRequest", "operatorMustAct", "RequestRefused"],
    [413, "RequestEntityTooLarge", "operatorMustAct", "RequestRefused"],
  ])("%i %s is %s %s", async (status, code, kind, blockedReason) => {
    const setting = await adapters();
    setting.azure.setFaults([{ match: { method: "PATCH" }, respond: { status, code, message: "As Azure puts it." } }]);
    const failure = await failureOf(setting.writes.attachRegistry(attach, leaseOf(), acceptance().note));
    expect(failure).toMatchObject({ kind, code });
    expect(failure.blockedReason).toBe(blockedReason);
    expect(failure.message).toContain("Could not attach images to alpha");
    expect(failure.message).toContain(`Azure said ${code}: As Azure puts it.`);
    expect(setting.written()).toEqual([`PATCH alpha ${status}`]);
  });

  test("a deny assignment overrides every grant, whatever the code", async () => {
    const { azure, writes } = await adapters();
    const respond = { status: 403, code: "DenyAssignmentAuthorizationFailed", message: denyText };
    azure.setFaults([{ match: { method: "PUT" }, respond: { ...respond, code: "AuthorizationFailed" } }]);
    const failure = await failureOf(writes.grantPull(grantTo(principalIn(azure)), leaseOf()));
    expect(failure).toMatchObject({ kind: "operatorMustAct", blockedReason: "DenyAssignment" });
    expect(failure.message).toContain("deny assignment with name 'Managed by a blueprint'");
    expect(failure.message).not.toContain("our identity lacks");
  });
});

describe("a missing permission is told with the action and the scope where it is missing", () => {
  test.each([
    ["attach", "Microsoft.MachineLearningServices/workspaces/write", workspaceId],
    ["sync", "Microsoft.MachineLearningServices/workspaces/resynckeys/action", workspaceId],
    ["grant", "Microsoft.Authorization/roleAssignments/write", registryId],
  ])("of %s", async (what, action, scope) => {
    const { azure, writes } = await adapters();
    azure.world.setPermissions([{ scope: "/", actions: ["*"], notActions: [action] }]);
    const calls: Record<string, () => Promise<unknown>> = {
      attach: () => writes.attachRegistry(attach, leaseOf(), acceptance().note),
      sync: () => writes.syncKeys(sync, leaseOf(), acceptance().note),
      grant: () => writes.grantPull(grantTo(principalIn(azure)), leaseOf()),
    };
    const failure = await failureOf(calls[what]?.() ?? Promise.resolve());
    expect(failure).toMatchObject({ kind: "missingPermission", code: "AuthorizationFailed", action, scope });
    expect(failure.message).toContain(
      `our identity lacks ${action} at ${scope}, or a condition on its role is not fulfilled`,
    );
  });

  test("of a grant whose role the condition of our own role leaves out", async () => {
    const { azure, writes } = await adapters();
    azure.world.setPermissions([]);
    azure.world.grant({
      scope: group,
      role: "Owner",
      principalId: azure.world.self.principalId,
      condition:
        "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] GuidEquals b93aa761-3e63-49ed-ac28-beffa264f7ac",
    });
    const failure = await failureOf(writes.grantPull(grantTo(principalIn(azure)), leaseOf()));
    expect(failure.kind).toBe("missingPermission");
    expect(failure.message).toContain("or a condition on its role is not fulfilled");
  });

  test("that is missing on the registry to be attached, not on the workspace", async () => {
    const { azure, writes } = await adapters();
    azure.world.setPermissions([{ scope: "/", actions: ["Microsoft.MachineLearningServices/*"] }]);
    const failure = await failureOf(writes.attachRegistry(attach, leaseOf(), acceptance().note));
    const action = "Microsoft.ContainerRegistry/registries/read";
    expect(failure).toMatchObject({
      kind: "missingPermission",
      code: "LinkedAuthorizationFailed",
      action,
      scope: registryId,
    });
    expect(failure.message).toContain(`our identity lacks ${action} at ${registryId}`);
  });

  test("that is missing to follow the operation, not to begin it", async () => {
    const { azure, writes } = await adapters(undefined, { syncSeconds: 5 });
    const action = "Microsoft.MachineLearningServices/locations/workspaceOperationsStatus/read";
    azure.world.setPermissions([{ scope: group, actions: ["*"], notActions: [action] }]);
    // The operation goes on in Azure: it is not over because we may not ask about it.
    const failure = await failureOf(writes.syncKeys(sync, leaseOf(), acceptance().note));
    expect(failure).toMatchObject({ kind: "missingPermission", action });
  });
});

describe("any answer", () => {
  const attempt = { what: "try", action: "a/write", scope: "/s" };

  test("is classified, whatever its status and code", () => {
    const codes = fc.oneof(fc.string(), fc.constantFrom("constructor", "__proto__", "toString", "Conflict"));
    fc.assert(
      fc.property(
        fc.record(
          { status: fc.integer({ min: 100, max: 999 }), code: codes, text: fc.string(), retryAfterMs: fc.nat() },
          { requiredKeys: ["text"] },
        ),
        (answer) => {
          const failure = classify(answer, attempt);
          expect(typeof failure.kind).toBe("string");
          expect(failure.message).toContain("Could not try");
          expect(failure.kind === "operatorMustAct").toBe(failure.blockedReason !== undefined);
        },
      ),
    );
  });

  test("is read from whatever was thrown", () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(typeof answerIn(thrown).text).toBe("string");
        expect(azureFailure(thrown, attempt)).toBeInstanceOf(AzureFailure);
      }),
    );
  });

  test("that is classified already passes through", () => {
    const failure = new AzureFailure({ kind: "leaseLost", message: "Lost." });
    expect(azureFailure(failure, attempt)).toBe(failure);
  });
});
