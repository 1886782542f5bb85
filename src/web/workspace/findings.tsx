import { Fragment } from "preact";
import type { WorkspaceState } from "../../api/workspace.ts";
import { Lines } from "../shared/lines.tsx";
import { Moment } from "../shared/moment.tsx";
import { nameOf } from "../shared/workspace-name.ts";

interface Shown {
  readonly state: WorkspaceState;
}

/** What the app says of the workspace as a whole. */
export function Facts({ state }: Shown) {
  const { registryId, outcomeAt, nextLookAt, nextLookFor, until, exemption, operation, importing, waits = [] } = state;
  return (
    <section class="card" aria-labelledby="facts">
      <h2 id="facts">State</h2>
      <dl class="rows">
        <dt>registry</dt>
        <dd class="text">{registryId === undefined ? "none known" : <Registry id={registryId} />}</dd>
        <dt>last look</dt>
        <dd>{outcomeAt === undefined ? "not yet" : <Moment at={outcomeAt} />}</dd>
        <dt>next look</dt>
        <dd>
          {nextLookAt === undefined ? (
            "by the next sweep or event that concerns it"
          ) : (
            <>
              <Moment at={nextLookAt} />
              {nextLookFor !== undefined && `, ${nextLookFor}`}
            </>
          )}
        </dd>
        {operation !== undefined && (
          <>
            <dt>Azure works on</dt>
            <dd class="text">{operation}</dd>
          </>
        )}
        {importing !== undefined && (
          <>
            <dt>being imported</dt>
            <dd class="text">{importing}</dd>
          </>
        )}
        {waits.map(({ reason, attempt, since }) => (
          <Fragment key={reason}>
            <dt>waits for</dt>
            <dd>
              {reason}, attempt {attempt}, since <Moment at={since} />
            </dd>
          </Fragment>
        ))}
        {(exemption !== undefined || until !== undefined) && (
          <>
            <dt>exempt until</dt>
            <dd class="text">
              <Moment at={exemption?.until ?? until ?? ""} exactly />
              {exemption !== undefined && (
                <>
                  : <bdi>{exemption.reason}</bdi>
                </>
              )}
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Registry({ id }: { id: string }) {
  return (
    <>
      <bdi>{nameOf(id)}</bdi>
      <br />
      <small class="quiet">
        <bdi>{id}</bdi>
      </small>
    </>
  );
}

/** Whether registry, right and keys are as they should be, and why that is believed. */
export function Conditions({ state: { conditions } }: Shown) {
  return (
    <section class="card" aria-labelledby="conditions">
      <h2 id="conditions">Conditions</h2>
      {conditions.length === 0 && <p>None is known yet.</p>}
      <ul class="conditions">
        {conditions.map(({ type, status, reason, message, since }) => (
          <li key={type}>
            <span class={`badge ${statusClass[status]}`}>{statusWord[status]}</span>
            <div>
              <strong>{type}</strong> <span class="reason">{reason}</span>
              <p class="text">
                {message} <span class="quiet">since</span> <Moment at={since} />
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

const statusClass = { True: "compliant", False: "blocked", Unknown: "waiting" } as const;
const statusWord = { True: "yes", False: "no", Unknown: "unknown" } as const;

/** What somebody should know though the workspace can pull. */
export function Warnings({ state: { warnings = [] } }: Shown) {
  return (
    <>
      {warnings.map(({ reason, message }) => (
        <p key={reason + message} class="warning text">
          <strong>{reason}</strong> {message}
        </p>
      ))}
    </>
  );
}

/** Who pulls images for the workspace. */
export function Principals({ state: { principals = [], morePrincipals = 0 } }: Shown) {
  if (principals.length === 0) return null;
  return (
    <section class="card" aria-labelledby="principals">
      <h2 id="principals">Who pulls</h2>
      <ul class="conditions">
        {principals.map(({ label, principalId, canPull, how }) => (
          <li key={`${label} ${principalId ?? ""}`}>
            <span class={`badge ${canPull ? "compliant" : "blocked"}`}>{canPull ? "can pull" : "cannot"}</span>
            <div class="text">
              <strong>
                <bdi>{label}</bdi>
              </strong>{" "}
              {principalId !== undefined && <code>{principalId}</code>}
              <p>{how}</p>
            </div>
          </li>
        ))}
      </ul>
      {morePrincipals > 0 && <p class="quiet">and {morePrincipals.toLocaleString("en")} more</p>}
    </section>
  );
}

/** What was done since the workspace was last settled. */
export function Done({ state: { done = [], doneBefore = 0 } }: Shown) {
  if (done.length === 0) return null;
  return (
    <section class="card" aria-labelledby="done">
      <h2 id="done">Done</h2>
      {doneBefore > 0 && <p class="quiet">after {doneBefore.toLocaleString("en")} earlier changes</p>}
      <Lines texts={done} />
    </section>
  );
}
