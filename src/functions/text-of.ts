/** A trigger's body as text, to be kept: the host has parsed what looked like JSON. */
export function textOf(body: unknown): string {
  if (typeof body === "string") return body;
  return body === undefined ? "" : JSON.stringify(body);
}
