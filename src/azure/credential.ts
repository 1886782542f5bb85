import type { TokenCredential } from "@azure/core-auth";
import { once } from "../loaded-later.ts";

/** `managedIdentity`: the deployed app. `developer`: a person, signed in with the Azure CLI or one of the other ways of `DefaultAzureCredential`. */
export type CredentialKind = "managedIdentity" | "developer";

/**
 * The one place where credentials are made. No token is asked for, and nothing of the identity SDK loaded, until a call needs
 * one.
 * @param clientId of the user-assigned identity to use; absent for the system-assigned one
 */
export function createCredential(kind: CredentialKind, clientId?: string): TokenCredential {
  const credential = once(async () => {
    const { DefaultAzureCredential, ManagedIdentityCredential } = await import("./identity.ts");
    switch (kind) {
      case "managedIdentity":
        return clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
      case "developer":
        return new DefaultAzureCredential();
    }
  });
  return { getToken: async (scopes, options) => (await credential()).getToken(scopes, options) };
}
