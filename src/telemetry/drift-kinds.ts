import type { Action } from "../core/actions.ts";

/** How telemetry calls what a look finds to do. */
export const driftKinds: Readonly<Record<Action["kind"], string>> = {
  AttachRegistry: "attach",
  GrantPull: "grant",
  SyncKeys: "sync",
  ImportImage: "import",
  EnableAdminUser: "enable_admin_user",
  PruneGrant: "prune",
};
