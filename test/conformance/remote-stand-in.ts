/**
 * The stand-in in a process of its own, for whoever is to know it as real Azure: by its endpoint and a credential. Takes a fixture,
 * as JSON, on its command line; prints one line of JSON, settings to reach it, and ends with its parent.
 */
import { type Fixture, startAzure } from "../../local/azure/index.ts";

const azure = await startAzure({ fixture: JSON.parse(process.argv[2] ?? "{}") as Fixture });
process.stdin.resume().on("end", () => {
  void azure.close().finally(() => process.exit());
});
console.log(
  JSON.stringify({
    REMEDIATOR_ARM_ENDPOINT: azure.armEndpoint,
    REMEDIATOR_CREDENTIAL: "managedIdentity",
    IDENTITY_ENDPOINT: azure.identityEndpoint,
    IDENTITY_HEADER: azure.identityHeader,
    NODE_EXTRA_CA_CERTS: azure.caCertificate,
  }),
);
