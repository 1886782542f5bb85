import { useCallback, useEffect, useState } from "preact/hooks";
import type { FleetSummary } from "../api/fleet.ts";
import { Api, ApiProvider } from "./api/api.ts";
import { storedKey, storeKey } from "./api/key.ts";
import { type ApiProblem, problemOf } from "./api/problem.ts";
import { ProblemNote } from "./shared/problem.tsx";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";

type Phase =
  | { readonly kind: "trying" }
  | { readonly kind: "asking"; readonly refusal?: string }
  | { readonly kind: "failed"; readonly problem: ApiProblem }
  | { readonly kind: "in"; readonly api: Api; readonly fleet: FleetSummary };

const refused = "The app refuses this key. Look whether all of it was copied, and whether it is one of this app.";
const refusedLater = "The app does not take the key any more. It may have been renewed.";

/** The whole page: whoever is let in without a key is not asked for one. */
export function Page() {
  const [phase, setPhase] = useState<Phase>({ kind: "trying" });
  const [isTrying, setIsTrying] = useState(false);

  const open = useCallback(async (key: string | undefined): Promise<void> => {
    const ask = (refusal?: string): void => {
      storeKey(undefined);
      setPhase({ kind: "asking", ...(refusal === undefined ? {} : { refusal }) });
    };
    setIsTrying(true);
    let isIn = false;
    const api = new Api(key, () => {
      if (isIn) ask(refusedLater);
    });
    try {
      const fleet = await api.fleet();
      isIn = true;
      storeKey(key);
      setPhase({ kind: "in", api, fleet });
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status === 401) ask(key === undefined ? undefined : refused);
      else {
        // The key may be right: it is kept for the next try.
        storeKey(key);
        setPhase({ kind: "failed", problem });
      }
    } finally {
      setIsTrying(false);
    }
  }, []);

  useEffect(() => {
    void open(storedKey());
  }, [open]);

  const forget = (): void => {
    storeKey(undefined);
    setPhase({ kind: "asking" });
  };

  switch (phase.kind) {
    case "trying":
      return (
        <main id="main" class="sign-in">
          <p role="status">Asking the app…</p>
        </main>
      );
    case "asking":
      return <SignIn refusal={phase.refusal} isTrying={isTrying} onKey={(key) => void open(key)} />;
    case "failed":
      return (
        <main id="main" class="sign-in">
          <div class="card">
            <h1>Azure ML fleet</h1>
            <ProblemNote problem={phase.problem} onRetry={() => void open(storedKey())} />
          </div>
        </main>
      );
    case "in":
      return (
        <ApiProvider value={phase.api}>
          <Shell fleet={phase.fleet} {...(storedKey() === undefined ? {} : { onForget: forget })} />
        </ApiProvider>
      );
  }
}
