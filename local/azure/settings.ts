import { z } from "zod";

/** What goes wrong between Event Grid and a destination, beyond the destination's own answers. */
const deliveryFaultsSchema = z.strictObject({
  /** Further copies of every event. */
  duplicates: z.int().min(0).default(0),
  /** Every event is held until the next one overtook it (or for two seconds times `timeScale`). */
  reorder: z.boolean().default(false),
  /** Seconds, times `timeScale`, by which every event is late. */
  delaySeconds: z.number().min(0).default(0),
  /** Events are lost: published, never delivered. */
  drop: z.boolean().default(false),
});

const seconds = z.number().min(0);

const settingsSchema = z.strictObject({
  /** How long a new system identity is not shown on its workspace. */
  identityDelaySeconds: seconds.default(0),
  /** How long after a principal appears a role assignment to it is refused with PrincipalNotFound. */
  directoryDelaySeconds: seconds.default(0),
  /** How long a created workspace stays in provisioningState Creating. */
  provisioningSeconds: seconds.default(0),
  /** How long a PATCH of a workspace runs; 0 answers 200 at once. */
  attachSeconds: seconds.default(0),
  /** How long resyncKeys runs; 0 answers 200 at once. */
  syncSeconds: seconds.default(0),
  /** How long the diagnosis of a workspace runs; 0 answers 200 at once. */
  diagnoseSeconds: seconds.default(0),
  /** How long a PUT or DELETE of a compute or an online endpoint runs; 0 is done at once. */
  childSeconds: seconds.default(0),
  /** How long a PATCH of a registry runs; 0 answers 200 at once. */
  registrySeconds: seconds.default(0),
  /** How long the import of an image runs; 0 answers 200 at once. */
  importSeconds: seconds.default(0),
  /** How long registries do not yet honour a new role or deny assignment, and still honour one that is gone. */
  grantDelaySeconds: seconds.default(0),
  /** Whether Azure itself grants AcrPull to the system identities of new online endpoints and computes. */
  platformGrants: z.boolean().default(true),
  /** `Retry-After` of long-running operations. */
  retryAfterSeconds: z.int().min(0).default(1),
  /** Reads of workspaces and role assignments see the world as it was this long ago. */
  staleReadSeconds: seconds.default(0),
  /** Resource Graph sees the world, and what its callers may read of it, as it was this long ago. */
  graphLagSeconds: seconds.default(0),
  /** Whether ARM's token buckets and Resource Graph's quota refuse (429); the headers that count them are always sent. */
  throttling: z.boolean().default(false),
  maxRoleAssignmentsPerSubscription: z.int().min(0).default(4000),
  /** Items on a page of a list. */
  pageSize: z.int().min(1).default(100),
  /** Event Grid's documented delays are multiplied by this; 0.001 makes its 10 s a hundredth of a second. */
  timeScale: z.number().positive().default(1),
  deliveryFaults: deliveryFaultsSchema.prefault({}),
});

export type Settings = z.output<typeof settingsSchema>;
/** Settings as a person gives them: any may be missing. */
export type SettingsInput = Partial<z.input<typeof settingsSchema>>;

/** Settings with their defaults; throws naming each setting that is wrong. */
export function parseSettings(input: unknown): Settings {
  const parsed = settingsSchema.safeParse(input);
  if (!parsed.success) throw new TypeError(`Settings: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Changes the given settings in place; throws, changing nothing, when one of them is wrong. */
export function updateSettings(settings: Settings, changes: unknown): Settings {
  const patch = z.record(z.string(), z.unknown()).parse(changes);
  const deliveryFaults = {
    ...settings.deliveryFaults,
    ...z
      .object({})
      .loose()
      .parse(patch.deliveryFaults ?? {}),
  };
  return Object.assign(settings, parseSettings({ ...settings, ...patch, deliveryFaults }));
}
