/** A trigger's body as text, to be kept: the host has parsed what looked like JSON. Never throws. */
export function textOf(body: unknown): string {
  if (typeof body === "string") return body;
  try {
    return body === undefined ? "" : JSON.stringify(body);
  } catch (error) {
    // Reading JSON takes no stack, writing it does: some thousand levels are too many.
    return `(${typeof body} that cannot be written as JSON: ${String(error)})`;
  }
}
