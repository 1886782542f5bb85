/** The identity SDK: a part of the bundle, loaded when the first token is asked for. */
export { DefaultAzureCredential, ManagedIdentityCredential } from "@azure/identity";
