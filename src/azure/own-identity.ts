import type { TokenCredential } from "@azure/core-auth";
import * as z from "zod/mini";

const Claims = z.object({ oid: z.string() });

/**
 * The object id of the identity that we act as, learned from its token (claim `oid`), so that it need not be configured
 * twice. Asked once; `undefined` while no token can be had, or when it does not say.
 */
export function ownObjectId(credential: TokenCredential, audience: string): () => Promise<string | undefined> {
  let known: string | undefined;
  return async () => {
    if (known !== undefined) return known;
    try {
      const token = await credential.getToken(`${audience}/.default`);
      const payload = token?.token.split(".")[1] ?? "";
      known = Claims.parse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8"))).oid;
    } catch {
      // Nothing depends on knowing it: an event of our own then leads to a look that finds nothing to do.
    }
    return known;
  };
}
