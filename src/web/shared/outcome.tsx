/** Every outcome, what needs a person first, with what it means. */
export const outcomes = [
  ["blocked", "a person has to act"],
  ["waiting", "time will mend it"],
  ["remediated", "was put right"],
  ["compliant", "nothing to do"],
  ["exempt", "left alone"],
  ["gone", "deleted"],
  ["unknown", "not looked at yet"],
] as const;

/** How a look ended, with its reason. A word of a later version is shown as it is. */
export function Outcome({ outcome, reason }: { outcome: string; reason?: string | undefined }) {
  return (
    <span class="outcome">
      <span class={`badge ${known(outcome)}`}>{outcome}</span>
      {reason !== undefined && <span class="reason">{reason}</span>}
    </span>
  );
}

function known(outcome: string): string {
  return outcomes.some(([one]) => one === outcome) ? outcome : "unknown";
}
