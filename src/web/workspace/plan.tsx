import type { DryRun } from "../../api/workspace.ts";

/** What a dry run found would be done. */
export function Plan({ plan: { mode, wouldDo, wouldEndAs } }: { plan: DryRun }) {
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
            {wouldDo.map((step, at) => (
              <li key={at} class="text">
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
        <span class="quiet">Nothing was changed.</span>
      </p>
    </div>
  );
}
