import { useEffect, useRef, useState } from "preact/hooks";
import { canBeKey } from "../api/key.ts";

interface SignInProps {
  /** Why it is asked for again. */
  readonly refusal: string | undefined;
  readonly isTrying: boolean;
  readonly onKey: (key: string) => void;
}

/** Asks for the function key. */
export function SignIn({ refusal, isTrying, onKey }: SignInProps) {
  const input = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState<string>();
  const told = wrong ?? refusal;
  useEffect(() => {
    if (!isTrying) input.current?.select();
  }, [isTrying, refusal]);
  const submit = (): void => {
    const key = input.current?.value.trim() ?? "";
    if (canBeKey(key)) {
      setWrong(undefined);
      onKey(key);
    } else {
      setWrong(key === "" ? "Enter a key." : "A key holds letters, digits and signs of ASCII only, and no spaces.");
    }
  };
  return (
    <main id="main" class="sign-in" tabIndex={-1}>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <h1>Azure ML fleet</h1>
        <p>
          This app asks for a function key. It is kept for this tab only, and gone when the tab is closed or you forget
          it.
        </p>
        <label for="key">Function key</label>
        <input
          id="key"
          ref={input}
          type="password"
          autocomplete="off"
          spellcheck={false}
          aria-invalid={told !== undefined}
          aria-describedby="key-told key-where"
        />
        <p id="key-told" class="refusal" role="alert">
          {told}
        </p>
        <button type="submit" class="primary" disabled={isTrying}>
          {isTrying ? "Trying…" : "Open the fleet"}
        </button>
        <details id="key-where">
          <summary>Where to find one</summary>
          <p>In the portal under the function app's App keys, or by</p>
          <pre tabIndex={0}>
            <code>az functionapp keys list --name … --resource-group … --query functionKeys</code>
          </pre>
        </details>
      </form>
    </main>
  );
}
