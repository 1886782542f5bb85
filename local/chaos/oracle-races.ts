/** An attachment that replaced somebody else's registry cannot always be avoided, but it has to be told of. */
import type { Fact, Sent } from "./facts.ts";
import type { EndOfWorkspace } from "./oracle.ts";
import type { Violation } from "./oracle-writes.ts";

/** What one workspace's attachment is measured by: the last question of its sender, and what it replaced. */
interface Attachment {
  readonly sent: Sent;
  readonly lookedAt: number;
  replaced: string | undefined;
}

/**
 * Attachments that replaced a registry which somebody attached after the look that led to them, where an event told the app
 * so and its sender lived to hear of its own success, and of which the app says nothing.
 */
export function unseenRaces(facts: readonly Fact[], ends: readonly EndOfWorkspace[]): readonly Violation[] {
  const silent = new Set(
    ends.filter((end) => end.condition.kind === "right" && !end.tellsOfRace).map((end) => end.workspaceId),
  );
  const lookedAt = new Map<string, number>();
  const attachments = new Map<number, Attachment>();
  return facts.flatMap((fact): readonly Violation[] => {
    if (fact.kind === "sent") {
      const [workspaceId = ""] = fact.workspaceIds;
      const asked = `${fact.client} ${workspaceId}`;
      if (fact.operation === "read") lookedAt.set(asked, fact.at);
      if (fact.operation === "attach")
        attachments.set(fact.request, { sent: fact, lookedAt: lookedAt.get(asked) ?? fact.at, replaced: undefined });
    }
    if (fact.kind === "effect") {
      const attachment = attachments.get(fact.request);
      if (attachment !== undefined) attachment.replaced = fact.truths[0]?.containerRegistry ?? undefined;
    }
    if (fact.kind !== "answered" || fact.status < 200 || fact.status >= 300) return [];
    const { sent, replaced, lookedAt: since } = attachments.get(fact.request) ?? {};
    const [workspaceId = ""] = sent?.workspaceIds ?? [];
    if (
      sent === undefined ||
      replaced === undefined ||
      replaced === sent.registryId ||
      since === undefined ||
      !silent.has(workspaceId)
    )
      return [];
    const wasTold = facts.some(
      (other) =>
        other.kind === "changed" &&
        other.isTold &&
        other.workspaceId === workspaceId &&
        /\/workspaces\/write$/i.test(other.how) &&
        other.at > since &&
        other.at <= fact.at,
    );
    const isDead = facts.some(
      (other) => other.kind === "killed" && other.client === sent.client && other.at - fact.at < graceMs,
    );
    if (!wasTold || isDead) return [];
    const detail = `${sent.client} replaced ${replaced}, was told so by an event, and does not say it`;
    return [{ rule: "raceUntold", workspaceId, at: fact.at, detail }];
  });
}

/** A process that is killed so soon after an answer may not have remembered what it did. */
const graceMs = 5_000;
