/**
 * The part of the contract that holds for any Azure, so that the stand-in cannot drift from the real one unseen: tests that know
 * nothing but ARM. Here they run against a stand-in of their own; `npm run conformance` runs the same ones against real Azure.
 */
import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ContainerRegistryManagementClient } from "@azure/arm-containerregistry";
import { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import { ResourceGraphClient } from "@azure/arm-resourcegraph";
import { afterAll, beforeAll, test, vi } from "vitest";
import { trust } from "../../../local/azure/certificates.ts";
import { startAzure } from "../../../local/azure/index.ts";
import { type Cast, castIn, make, partsOf } from "../../conformance/cast.ts";
import { tenantOf } from "../../conformance/group.ts";
import { type Answer, groupId, openPlace, type Place, send } from "../../conformance/place.ts";
import { readStage } from "../../conformance/stage.ts";

export interface AnyAzure {
  readonly place: Place;
  /** What is there: tests share it, and leave it as they found it, except that a registry may be attached already. */
  readonly cast: Cast;
  /** The name of the workspace, and of the registry. */
  readonly names: { readonly workspace: string; readonly registry: string };
  /** As whoever is signed in, unless other headers are given. @param path with its api-version */
  readonly raw: (
    method: string,
    path: string,
    body?: string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
  readonly machineLearning: (apiVersion?: string) => AzureMachineLearningWorkspaces;
  readonly authorization: () => AuthorizationManagementClient;
  readonly containerRegistry: () => ContainerRegistryManagementClient;
  readonly resourceGraph: () => ResourceGraphClient;
  /** Looks again until nothing is thrown: what real Azure shows late. */
  readonly eventually: <Found>(look: () => Promise<Found>) => Promise<Found>;
}

/** The tag by which `npm run conformance` finds these tests. */
const tags = ["everywhere"];
const stage = readStage(process.env);
const timeout = stage === undefined ? 90_000 : 30 * 60_000;
const patience = stage === undefined ? { timeout: 5_000, interval: 20 } : { timeout: 15 * 60_000, interval: 10_000 };

/** Gives the function that declares tests of this file; to be called once in it. */
export function useAnyAzure(): (name: string, run: (azure: AnyAzure) => Promise<void>) => void {
  let azure: AnyAzure | undefined;
  let close: () => Promise<void> = () => Promise.resolve();
  beforeAll(async () => {
    if (stage === undefined) [azure, close] = await ownStandIn();
    else azure = azureAt(openPlace(stage, process.env), castIn(stage, stage.suffix));
  });
  afterAll(() => close());
  return (name, run) => {
    test(name, { tags, timeout }, async () => {
      if (azure === undefined) throw new Error("There is an Azure only while tests run.");
      await run(azure);
    });
  };
}

const subscriptionId = "11111111-1111-4111-8111-111111111111";

async function ownStandIn(): Promise<[AnyAzure, () => Promise<void>]> {
  const name = { subscriptionId, resourceGroup: "Conformance", location: "westeurope" };
  const standIn = await startAzure({
    fixture: {
      subscriptions: [{ subscriptionId }],
      resourceGroups: [{ id: groupId(name) }],
      publicRegistries: { "mcr.microsoft.com": { "hello-world": ["latest"] } },
    },
  });
  trust(standIn);
  const token = { token: standIn.token(), expiresOnTimestamp: Date.now() + 3_600_000 };
  const place: Place = {
    ...name,
    armEndpoint: standIn.armEndpoint,
    audience: "https://management.azure.com",
    credential: { getToken: () => Promise.resolve(token) },
  };
  const cast = castIn(place, "standin0");
  for (const part of partsOf(cast, place, await tenantOf(place))) await make(place, part);
  return [azureAt(place, cast), () => standIn.close()];
}

function azureAt(place: Place, cast: Cast): AnyAzure {
  const { credential, armEndpoint: endpoint, audience, subscriptionId: subscription } = place;
  const options = { endpoint, credentialScopes: `${audience}/.default` };
  return {
    place,
    cast,
    names: { workspace: nameIn(cast.workspaceId), registry: nameIn(cast.registryId) },
    raw: (method, path, body, headers) => send(place, method, path, body, headers),
    machineLearning: (apiVersion = "2024-10-01") =>
      new AzureMachineLearningWorkspaces(credential, subscription, { ...options, apiVersion }),
    authorization: () => new AuthorizationManagementClient(credential, subscription, options),
    containerRegistry: () => new ContainerRegistryManagementClient(credential, subscription, options),
    resourceGraph: () => new ResourceGraphClient(credential, options),
    eventually: (look) => vi.waitFor(look, patience),
  };
}

function nameIn(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}
