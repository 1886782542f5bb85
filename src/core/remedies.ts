import type { News } from "./news.ts";
import type { BlockedReason } from "./outcome.ts";

/** What a person is to do about each reason, in one sentence. docs/operations.md says more. */
const remedies: Readonly<Record<BlockedReason, string>> = {
  AuditMode: "Read what enforcing would change, and set REMEDIATOR_MODE to enforce to have it done.",
  NoRegistryAllowed: "Add a rule to REMEDIATOR_REGISTRY_RULES that covers the workspace, or set a default registry.",
  RegistryNotAllowed:
    "Find out who attached or asked for that registry; then allow it for the workspace, or attach another.",
  RegistryNotFound: "Create the registry, correct its id in the settings, or let the app's identity read it.",
  RegistryFailed: "Repair the registry.",
  HubHasNoRegistry: "See to the hub of this project: the registry is attached there.",
  WorkspaceFailed: "Repair or recreate the workspace.",
  NoIdentity: "Give the workspace a managed identity: the message has the command.",
  NotAttached: "Attach the registry that the message names: REMEDIATOR_ATTACH is never.",
  IdentityNotAllowed:
    "Grant the identity the pull right yourself, widen REMEDIATOR_ALLOWED_IDENTITY_SCOPES, or give the compute or endpoint another identity.",
  ConditionalGrant: "Remove the condition from the role assignment, or opt the workspace out.",
  Contested: "Settle with whoever undoes the repair who looks after the workspace.",
  ImageMissing: "Push the image to the registry, or say in REMEDIATOR_REQUIRED_IMAGES where to import it from.",
  ImagesUnknown: "Let the app's identity and network see the registry's images, as the message says.",
  IdentityNeverCreated: "Look at the workspace's activity log, and recreate the identity.",
  ProvisioningNeverEnded: "Look at the workspace's activity log, and recreate what never came up.",
  PrincipalNeverKnown: "Recreate the identity: the directory never came to know it.",
  MissingPermission: "Give the app's identity the action that the message names, at the scope that it names.",
  RoleAssignmentLimit:
    "Remove role assignments that nobody needs, or grant the pull role to a group and put the identities into it.",
  DenyAssignment: "Have the app, or the identity, excluded from the deny assignment.",
  ScopeLocked: "Remove the lock, or make the change by hand.",
  DisallowedByPolicy: "Have an exemption made in the Azure Policy that the message names, or make the change its way.",
  RequestRefused: "Mend what Azure refused the request for, which the message says.",
  StillFailing: "Look into what the message says was waited for: it did not end in a day.",
  ProcessingFailed: "Read the log of the function requests, mend what it names, and ask for a look again.",
  InternalError: "Report this message: it is a bug of the app.",
};

const blocked = "blocked-what-to-do";
const health = "is-the-app-well";

/** What to do about news, in a sentence that ends with where to read more. */
export function whatToDo(news: News): string {
  switch (news.kind) {
    case "WorkspaceBlocked":
    case "WorkspaceContested":
    case "DriftFound":
      return pointing(remedies[news.reason], blocked);
    case "AdminUserInUse":
      return pointing(
        "Mend what keeps the identity from being granted, so that the shared password is not needed.",
        "warnings",
      );
    case "WorkspaceRemediated":
      return pointing("Nothing: the app looks once more in about ten minutes to confirm it.", "outcomes");
    case "SweepOverdue":
      return pointing(
        "See that a sweep ends now: the app asked for one; if it does not, read the log of the function sweep.",
        health,
      );
    case "SweepFailed":
      return pointing("Mend what the message says, and start a sweep.", health);
  }
}

function pointing(sentence: string, section: string): string {
  return `${sentence} See docs/operations.md#${section}.`;
}
