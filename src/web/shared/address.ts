import { useEffect, useState } from "preact/hooks";

/** What the page shows, kept in the fragment of its address: it can be shared, and Back works. An empty text is none. */
export interface Address {
  readonly outcome: string;
  readonly reason: string;
  readonly registry: string;
  readonly subscription: string;
  readonly search: string;
  /** The id of the workspace that is shown in detail. */
  readonly workspace: string;
}

const names = ["outcome", "reason", "registry", "subscription", "search", "workspace"] as const;

/** The part of the address that chooses workspaces. */
export type Filter = Omit<Address, "workspace">;

export const noFilter: Filter = { outcome: "", reason: "", registry: "", subscription: "", search: "" };

function read(): Address {
  const given = new URLSearchParams(location.hash.slice(1));
  const [outcome, reason, registry, subscription, search, workspace] = names.map((name) => given.get(name) ?? "");
  return {
    outcome: outcome ?? "",
    reason: reason ?? "",
    registry: registry ?? "",
    subscription: subscription ?? "",
    search: search ?? "",
    workspace: workspace ?? "",
  };
}

/** The fragment for an address. */
export function hrefOf(address: Address): string {
  const given = names.filter((name) => address[name] !== "").map((name): [string, string] => [name, address[name]]);
  return `#${new URLSearchParams(given).toString()}`;
}

/** The address now, and how to go to another; a filter leaves no trace in the history, a workspace does. */
export function useAddress(): readonly [Address, (change: Partial<Address>) => void] {
  const [address, setAddress] = useState(read);
  useEffect(() => {
    const onChange = (): void => {
      setAddress(read());
    };
    addEventListener("hashchange", onChange);
    return () => {
      removeEventListener("hashchange", onChange);
    };
  }, []);
  const go = (change: Partial<Address>): void => {
    const next = { ...read(), ...change };
    if (change.workspace === undefined) history.replaceState(null, "", hrefOf(next));
    else location.hash = hrefOf(next);
    setAddress(next);
  };
  return [address, go];
}
