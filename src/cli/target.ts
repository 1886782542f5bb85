import { InvalidIdError, parseWorkspaceId, type WorkspaceId, workspaceId } from "../core/arm-id.ts";
import { CommandError } from "./exit-code.ts";

/** How a person names a workspace: by its id, or as `az ml` wants it. */
export interface NamedWorkspace {
  readonly id: string | undefined;
  readonly name?: string;
  readonly resourceGroup?: string;
  readonly subscription?: string;
}

/** @throws CommandError that says what is missing or wrong */
export function targetOf({ id, name, resourceGroup, subscription }: NamedWorkspace): WorkspaceId {
  try {
    if (id !== undefined) {
      if (name !== undefined) throw new CommandError("Name the workspace by its id or by --name, not by both.");
      return parseWorkspaceId(id);
    }
    const missing = [
      ...(name === undefined ? ["--name"] : []),
      ...(resourceGroup === undefined ? ["--resource-group"] : []),
      ...(subscription === undefined ? ["--subscription"] : []),
    ];
    if (missing.length === 3)
      throw new CommandError("Name a workspace: by its id, or by --name, --resource-group and --subscription.");
    if (name === undefined || resourceGroup === undefined || subscription === undefined)
      throw new CommandError(`To name the workspace, ${missing.join(" and ")} is missing as well.`);
    return workspaceId(subscription, resourceGroup, name);
  } catch (error) {
    if (error instanceof InvalidIdError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}
