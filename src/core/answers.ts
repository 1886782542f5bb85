import type { Action } from "./actions.ts";
import { formatId, sameId } from "./arm-id.ts";
import type { ChangesAnswered } from "./examine.ts";
import { AzureFailure } from "./failure.ts";
import type { Grant } from "./grants.ts";
import type { Journal } from "./journal.ts";
import type { ObservedWorkspace } from "./observation.ts";
import { isWritable } from "./obstacle.ts";
import type { Clock, Progress } from "./ports.ts";
import { isRefusal } from "./settled.ts";

/** What Azure answered to the changes of one attempt. */
export class Answers implements ChangesAnswered {
  readonly granted = new Map<string, Grant>();
  workspace: ObservedWorkspace | undefined;

  /** Another attempt begins, after a look that saw what the last one did. */
  begin(): void {
    this.granted.clear();
    this.workspace = undefined;
  }

  /** Waits for the answer to a grant. One that is lost says nothing of whether it was made. */
  async toGrant(
    action: Action & { kind: "GrantPull" },
    sent: Promise<string>,
    journal: Pick<Journal, "unanswered">,
    clock: Pick<Clock, "now">,
  ): Promise<void> {
    const { principalId, role, registry } = action;
    const assignmentId = await sent.catch((error: unknown) => {
      if (error instanceof AzureFailure && error.failure.kind === "transient") journal.unanswered(action);
      throw error;
    });
    const scope = formatId(registry);
    const held = { held: true, assignmentId, role: role.name, roleId: role.id, scope } as const;
    const grant = { ...held, through: "itself", since: clock.now() } as const;
    this.granted.set(principalId.toLowerCase(), grant);
  }

  /** Waits for the answer to an attachment. One that was refused, instead of accepted, changed nothing that a key sync would be owed for. */
  async toAttachment(sent: Promise<Progress>, journal: Pick<Journal, "memory" | "notAttached">): Promise<Progress> {
    try {
      return await sent;
    } catch (error) {
      if (isRefusal(error) && journal.memory.operation === undefined) journal.notAttached();
      throw error;
    }
  }

  /** Whether the workspace is as the attempt left it. Where somebody changed it meanwhile, the look that follows decides anew. */
  mayGoOn(actions: readonly Action[]): boolean {
    const { workspace } = this;
    if (workspace === undefined) return true;
    const attach = actions.find((action) => action.kind === "AttachRegistry");
    const { containerRegistry: attached } = workspace;
    const isAttached = attach === undefined || (attached !== undefined && sameId(attached, attach.registry));
    return isWritable(workspace) && isAttached;
  }
}
