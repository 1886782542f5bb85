import {
  type ContainerRegistryManagementClient,
  type ImportImageParameters,
  restorePoller,
} from "@azure/arm-containerregistry";
import type { Action } from "../core/actions.ts";
import { formatId, type RegistryId } from "../core/arm-id.ts";
import { formatImage, isDigest } from "../core/image-name.ts";
import type { Operation } from "./operations.ts";

/** What Azure says when a tag is taken, which a mode of `NoForce` leaves alone (Azure/azure-cli, pull request 10938, shows the text). */
const isTaken = /already exists in target registry/i;

/**
 * The import of an image into a registry: Azure copies it, nothing passes through us. What is there is never overwritten.
 * @param what as `describe` tells of it
 * @param action absent to go on with one that was accepted
 */
export function importOperation(
  registry: RegistryId,
  what: string,
  action?: Pick<Action & { kind: "ImportImage" }, "image" | "from">,
): Operation<ContainerRegistryManagementClient> {
  const { subscriptionId, resourceGroup, name } = registry;
  return {
    client: (arm, pace) => arm.containerRegistryFollower(subscriptionId, pace),
    attempt: {
      what,
      action: "Microsoft.ContainerRegistry/registries/importImage/action",
      scope: formatId(registry),
    },
    isDone: ({ status, text }) => status === 409 && isTaken.test(text),
    begin: async (client, { abortSignal, resumeFrom }) => {
      const { registries } = client;
      const poller =
        resumeFrom === undefined
          ? registries.importImage(resourceGroup, name, parametersOf(action), { abortSignal })
          : restorePoller(client, resumeFrom, registries.importImage, { abortSignal });
      await poller.submitted();
      return {
        poll: async (options) => {
          await poller.poll(options);
        },
        isDone: () => poller.isDone,
        toString: () => JSON.stringify({ state: poller.operationState }),
      };
    },
  };
}

/** By a digest only the manifest is copied: no tag is made up for it. */
function parametersOf(
  action: Pick<Action & { kind: "ImportImage" }, "image" | "from"> | undefined,
): ImportImageParameters {
  if (action === undefined) throw new Error("An import that is begun needs an image and a source.");
  const { image, from } = action;
  return {
    source: { registryUri: from.host, sourceImage: formatImage(from) },
    mode: "NoForce",
    ...(isDigest(image) ? { untaggedTargetRepositories: [image.repository] } : { targetTags: [formatImage(image)] }),
  };
}
