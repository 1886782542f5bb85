import { createHash } from "node:crypto";
import type { Hash } from "./core/plan.ts";

/** What core shortens texts by: SHA-256 of their UTF-8, in hex. Fingerprints that are stored were made by it. */
export const textHash: Hash = (text) => createHash("sha256").update(text).digest("hex");
