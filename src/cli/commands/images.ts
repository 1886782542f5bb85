import { desiredRegistry } from "../../core/policy.ts";
import type { WorkspaceId } from "../../core/arm-id.ts";
import { formatImage } from "../../core/image-name.ts";
import type { Context } from "../context.ts";
import { CommandError, type Verdict } from "../exit-code.ts";
import { shownText } from "../show.ts";
import { noWorkspace, openStandalone, requireRegistry } from "../standalone.ts";

/** Tells of each image whether the workspace's registry has it. */
export async function images(
  context: Context,
  workspace: WorkspaceId,
  names: readonly string[],
  registry: string | undefined,
): Promise<Verdict> {
  const { terminal, environment, signal } = context;
  const given =
    names.length === 0
      ? environment
      : { ...environment, REMEDIATOR_REQUIRED_IMAGES: JSON.stringify(names.map((image) => ({ image }))) };
  const { policy, arm, clock } = await openStandalone(workspace, given, registry, signal);
  requireRegistry(policy, workspace);
  const wanted = policy.requiredImages ?? [];
  if (wanted.length === 0)
    throw new CommandError("No image is named: name some with --image, or in REMEDIATOR_REQUIRED_IMAGES.");
  const found = await arm.reads.workspace(workspace, signal);
  if (found === undefined) throw noWorkspace(workspace);
  const hub = found.hubId === undefined ? undefined : await arm.reads.workspace(found.hubId, signal);
  const desired = desiredRegistry(policy, found, hub);
  if (desired.kind !== "registry") throw new CommandError(desired.message);
  const now = clock.now();
  const observed = await arm.reads.registry(desired.id, now, signal);
  if (observed.kind !== "found")
    throw new CommandError(`The registry ${desired.id.name} does not exist, or you may not see it.`);
  const all = await Promise.all(
    wanted.map(async (image) => ({
      image: formatImage(image),
      presence: await arm.reads.image(observed, image, now, signal),
    })),
  );
  if (terminal.json) terminal.printJson({ registry: desired.id.name, images: all });
  else
    terminal.table(
      ["image", `in ${desired.id.name}`],
      all.map(({ image, presence }) => [
        shownText(image),
        shownText(presence.kind === "unknown" ? `unknown: ${presence.why}` : presence.kind),
      ]),
    );
  if (all.some(({ presence }) => presence.kind === "unknown")) return "error";
  return all.every(({ presence }) => presence.kind === "present") ? "compliant" : "drift";
}
