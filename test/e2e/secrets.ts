import type { Azure } from "../../local/azure/index.ts";
import type { Azurite } from "../../local/azurite.ts";
import type { Host } from "../../local/host/index.ts";
import { answered } from "./app.ts";
import { queueOf, wholeStorage } from "./stores.ts";

interface Where {
  readonly azure: Pick<Azure, "identityHeader" | "token">;
  readonly azurite: Pick<Azurite, "connectionString">;
  readonly host: Host;
}

/** Every secret that is to be found in a host's log, in storage, on the queues, or in what this file's tests were answered; and where. */
export async function leaksIn({ azure, azurite, host }: Where): Promise<string[]> {
  const places: Readonly<Record<string, string>> = {
    log: JSON.stringify(host.logs()),
    storage: await wholeStorage(azurite),
    queues: await messagesOn(azurite),
    answers: answered.join("\n"),
  };
  for (const [place, text] of Object.entries(places))
    if (text === "") throw new Error(`There is nothing in ${place}, so nothing was looked for.`);
  const secrets = secretsOf({ azure, azurite, host });
  return Object.entries(secrets).flatMap(([secret, value]) =>
    Object.entries(places).flatMap(([place, text]) => (text.includes(value) ? [`${secret} in ${place}`] : [])),
  );
}

/** What nobody else may come to know, by what it is. */
export function secretsOf({ azure, azurite, host }: Where): Readonly<Record<string, string>> {
  return {
    "function key": host.functionKey,
    "master key": host.masterKey,
    "event grid key": host.eventGridKey,
    "storage key": /AccountKey=([^;]+)/.exec(azurite.connectionString)?.[1] ?? "",
    "identity header": azure.identityHeader,
    // What all tokens of the stand-in begin with: their header.
    token: azure.token().split(".")[0] ?? "",
  };
}

async function messagesOn(azurite: Where["azurite"]): Promise<string> {
  const texts = ["requests", "requests-poison"].map(async (name) => {
    const queue = queueOf(azurite, name);
    const { peekedMessageItems } = await queue.peekMessages({ numberOfMessages: 32 });
    return peekedMessageItems.map(({ messageText }) => Buffer.from(messageText, "base64").toString());
  });
  return JSON.stringify(await Promise.all(texts));
}
