/** How a message's text is written on the wire; `extensions.queues.messageEncoding` of host.json, base64 by default. */
export type MessageEncoding = "base64" | "none";

export function encodeMessage(text: string, encoding: MessageEncoding): string {
  return encoding === "base64" ? Buffer.from(text, "utf8").toString("base64") : text;
}

/** Undefined when the wire text is no base64 although it should be: the extension then poisons the raw message. */
export function decodeMessage(wireText: string, encoding: MessageEncoding): string | undefined {
  if (encoding === "none") return wireText;
  const compact = wireText.replaceAll(/\s/g, "");
  const isBase64 = compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
  return isBase64 ? Buffer.from(compact, "base64").toString("utf8") : undefined;
}
