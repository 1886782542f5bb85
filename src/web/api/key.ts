/** The function key, kept for this tab only: it is gone when the tab is closed. */
const name = "function-key";

export function storedKey(): string | undefined {
  return sessionStorage.getItem(name) ?? undefined;
}

export function storeKey(key: string | undefined): void {
  if (key === undefined) sessionStorage.removeItem(name);
  else sessionStorage.setItem(name, key);
}
