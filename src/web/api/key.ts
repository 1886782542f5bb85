/** The function key, kept for this tab only: it is gone when the tab is closed. */
const name = "function-key";

export function storedKey(): string | undefined {
  return sessionStorage.getItem(name) ?? undefined;
}

export function storeKey(key: string | undefined): void {
  if (key === undefined) sessionStorage.removeItem(name);
  else sessionStorage.setItem(name, key);
}

/** Whether a text can be sent as a key at all: a header takes no spaces, line ends or letters beyond ASCII. */
export function canBeKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
