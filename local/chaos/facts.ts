/** What happened, in the order in which it happened: what the oracle judges by. Ids of resources are in lower case. */

/** What the app may do to Azure, and what else it asks. */
export type Operation = "attach" | "grant" | "sync" | "read" | "other";

/** A workspace as it really was. */
export interface Truth {
  readonly workspaceId: string;
  readonly exists: boolean;
  readonly containerRegistry: string | null;
  readonly isExempt: boolean;
  readonly isTransient: boolean;
}

/** A workspace as an answer described it; `gone` when the answer was that there is none. */
export type Telling =
  | { readonly kind: "gone"; readonly workspaceId: string }
  | {
      readonly kind: "found";
      readonly workspaceId: string;
      readonly provisioningState: string;
      readonly containerRegistry: string | null;
      readonly isExempt: boolean;
    };

/** A request of the app. `workspaceIds`: whom it is about; several for a grant to an identity that they share. */
export interface Sent {
  readonly kind: "sent";
  readonly request: number;
  readonly client: string;
  readonly operation: Operation;
  readonly workspaceIds: readonly string[];
  /** What exactly: two writes with the same key do the same. */
  readonly key: string;
  /** Of an attachment: what is attached; of a grant: on what. */
  readonly registryId?: string;
}

export type Fact = { readonly at: number } & (
  | Sent
  | { readonly kind: "effect"; readonly request: number; readonly truths: readonly Truth[] }
  | { readonly kind: "answered"; readonly request: number; readonly status: number; readonly telling?: Telling }
  | { readonly kind: "abandoned"; readonly request: number }
  | { readonly kind: "started" | "killed"; readonly client: string }
  /** Storage gave the workspace's lease to this process. */
  | { readonly kind: "leased"; readonly client: string; readonly workspaceId: string }
  /** Requests for a look that came into the inbox, and such that a process took out of it; rows have names of their own. */
  | { readonly kind: "accepted"; readonly workspaceId: string; readonly rows: readonly string[] }
  | {
      readonly kind: "removed";
      readonly client: string;
      readonly workspaceId: string;
      readonly rows: readonly string[];
    }
  /** Somebody else changed it. `isTold`: an event of it was or will be delivered. */
  | { readonly kind: "changed"; readonly workspaceId: string; readonly how: string; readonly isTold: boolean }
);

/** A fact before it is known when it happened. */
export type NewFact = Fact extends infer One ? (One extends Fact ? Omit<One, "at"> : never) : never;

/** What the policy says of a workspace, whatever anybody does to it. */
export interface Charge {
  readonly workspaceId: string;
  /** The registries that it may use; none outside the policy. */
  readonly allowed: readonly string[];
  readonly isProject: boolean;
  /** Looks at its projects read it too, so what one process was told last need not be what its own look was told. */
  readonly isHub: boolean;
}
