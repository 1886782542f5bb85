import type { DryRun } from "../../api/workspace.ts";
import { Moment } from "../shared/moment.tsx";

/** A dry run, and when it was made (ISO 8601). */
export interface Checked {
  readonly plan: DryRun;
  readonly at: string;
}

/** What a dry run found would be done: Azure may have changed since. */
export function Plan({ plan: { mode, wouldDo, wouldEndAs }, at }: Checked) {
  return (
    <div class="result">
      {wouldDo.length === 0 ? (
        <p>
          <strong>Nothing is to be done.</strong>
        </p>
      ) : (
        <>
          <p>
            <strong>{mode === "audit" ? "Enforcing would:" : "Remediate would:"}</strong>
          </p>
          <ol>
            {wouldDo.map((step, index) => (
              <li key={index} class="text">
                {step}
              </li>
            ))}
          </ol>
        </>
      )}
      <p class="text">
        It would end as <strong>{wouldEndAs.kind}</strong>
        {wouldEndAs.reason !== undefined && ` (${wouldEndAs.reason})`}
        {wouldEndAs.message === undefined ? "." : `: ${wouldEndAs.message}`}{" "}
        <span class="quiet">
          Checked <Moment at={at} />; nothing was changed.
        </span>
      </p>
    </div>
  );
}
