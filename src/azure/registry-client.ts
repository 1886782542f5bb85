/** The data plane of a registry: a part of the bundle, loaded when the first image is asked for. */
import { ContainerRegistryClient } from "@azure/container-registry";
import type { TokenCredential } from "@azure/core-auth";
import { type ImageName, isDigest } from "../core/image-name.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { readRetries } from "./read-retries.ts";
import { telemetryPolicy } from "./telemetry-policy.ts";

export interface RegistryClientOptions {
  readonly credential: TokenCredential;
  /** Whom tokens are asked for. */
  readonly audience: string;
  /** How long one request may take, in milliseconds. */
  readonly requestMs: number;
  readonly telemetry: Telemetry;
}

/** What a registry answered. */
export type RegistryAnswer =
  | { readonly kind: "present" | "missing" }
  /** Neither; `status` where it answered at all. */
  | { readonly kind: "failed"; readonly status?: number; readonly code?: string; readonly text: string };

/** Asks one registry for images. Never throws. */
export type AskForImage = (image: ImageName, abortSignal: AbortSignal) => Promise<RegistryAnswer>;

/** How a registry says that it has no such image (OCI Distribution Specification 1.1, "Error Codes"; TAG_UNKNOWN is Azure's). */
const absent: ReadonlySet<string | undefined> = new Set(["TAG_UNKNOWN", "MANIFEST_UNKNOWN", "NAME_UNKNOWN"]);

/**
 * A client of the registry behind a login server. It keeps the tokens that the registry gives it.
 * @param loginServer a host, with a port where there is one
 */
export function registryClient(
  loginServer: string,
  { credential, audience, requestMs, telemetry }: RegistryClientOptions,
): AskForImage {
  const client = new ContainerRegistryClient(`https://${loginServer}`, credential, {
    audience,
    // What tells of an image lies nowhere else: a token follows no redirect.
    redirectOptions: { maxRetries: 0, allowCrossOriginRedirects: false },
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [
      ...readRetries().map((policy) => ({ policy, position: "perCall" as const })),
      { policy: telemetryPolicy(telemetry, "registryCalls"), position: "perRetry" },
    ],
  });
  return async (image, signal) => {
    const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(requestMs)]);
    const artifact = client.getArtifact(image.repository, image.reference);
    try {
      if (isDigest(image)) await artifact.getManifestProperties({ abortSignal });
      else await artifact.getTagProperties(image.reference, { abortSignal });
      return { kind: "present" };
    } catch (error) {
      return answerIn(error);
    }
  };
}

/** The part of the SDK's errors that is read: a registry answers with `{"errors":[{"code","message"}]}`. */
interface SdkError {
  readonly statusCode?: number;
  readonly details?: { readonly errors?: readonly { readonly code?: string; readonly message?: string }[] };
  readonly message?: string;
}

function answerIn(error: unknown): RegistryAnswer {
  const { statusCode, details, message = String(error) } = error as SdkError;
  const [first] = details?.errors ?? [];
  if (statusCode === 404 && absent.has(first?.code)) return { kind: "missing" };
  return {
    kind: "failed",
    text: first?.message ?? message,
    ...(statusCode === undefined ? {} : { status: statusCode }),
    ...(first?.code === undefined ? {} : { code: first.code }),
  };
}
