import type { TokenCredential } from "@azure/core-auth";
import * as z from "zod/mini";
import type { Clock } from "../core/ports.ts";

const Claims = z.object({ oid: z.string() });

/** How long the token may take, and how long nobody asks again after it could not be had, in milliseconds. */
const patienceMs = 2_000;
const pauseMs = 60_000;

/**
 * The object id of the identity that we act as, learned from its token (claim `oid`), so that it need not be configured
 * twice. Asked once; `undefined` while no token can be had in time, or when it does not say: an event of our own then leads to
 * a look that finds nothing to do.
 */
export function ownObjectId(
  credential: TokenCredential,
  audience: string,
  clock: Clock,
): () => Promise<string | undefined> {
  let known: string | undefined;
  let notBefore = 0;
  return async () => {
    if (known !== undefined || clock.now() < notBefore) return known;
    try {
      const abortSignal = AbortSignal.timeout(patienceMs);
      const late = clock.sleep(patienceMs).then(() => null);
      const token = await Promise.race([credential.getToken(`${audience}/.default`, { abortSignal }), late]);
      const payload = token?.token.split(".")[1] ?? "";
      known = Claims.parse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8"))).oid;
    } catch {
      notBefore = clock.now() + pauseMs;
    }
    return known;
  };
}
