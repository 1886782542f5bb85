/** Of a diagnosis: the registry itself, whether it is attached, can be reached and logged in to. */
import { formatId, sameText } from "./arm-id.ts";
import { racedMessage, registryState } from "./attaching.ts";
import { azAttach, azRegistry, azWorkspace, quoted } from "./az-command.ts";
import { type DiagnosisFacts, type Found, type RegistryDetails, unknown } from "./diagnosis-facts.ts";
import { registryInUse } from "./registry-in-use.ts";

/** Whether the registry is there and Succeeded. */
export function registryLine({ registry, desired }: DiagnosisFacts): Found {
  const check = "registry";
  if (registry === undefined)
    return unknown(check, {
      message: `There is no registry to look at, as none is attached. ${"message" in desired ? desired.message : ""}`,
    });
  const { id, details } = registry;
  if (!details.known) return unknown(check, details.failure);
  const show = azRegistry("show", id);
  if (details.fact === undefined)
    return {
      check,
      status: "problem",
      found: `The registry ${formatId(id)} does not exist, or is not visible to our identity.`,
      fix: [show, azRegistry("create", id, "--sku Premium")],
    };
  const { provisioningState, sku, mode } = details.fact;
  const obstacle = registryState(details.fact, id);
  if (obstacle !== undefined)
    return {
      check,
      status: obstacle.kind === "waiting" ? "note" : "problem",
      found: `The registry ${formatId(id)} is ${provisioningState}, not Succeeded.`,
      fix: [show],
    };
  return { check, status: "ok", found: `${formatId(id)} is ${provisioningState} (${sku}, ${mode}).` };
}

/** Whether the registry is attached to the workspace, or to its hub. */
export function attachedLine(facts: DiagnosisFacts): Found {
  const { workspace, hub, desired, registry, memory } = facts;
  const check = "attached";
  const holder = workspace.kind === "project" ? workspace.hubId : workspace.id;
  const attached = registryInUse(workspace, hub?.known === true ? hub.fact : undefined);
  if (attached === undefined) {
    if (hub?.known === false) return unknown(check, hub.failure);
    const whose = workspace.kind === "project" ? `the hub ${holder?.name ?? ""} of this project` : workspace.id.name;
    const isHubMissing = workspace.kind === "project" && hub?.fact === undefined;
    return {
      check,
      status: "problem",
      found: isHubMissing
        ? "This is a project, and its hub does not exist, or is not visible to our identity."
        : `No registry is attached to ${whose}.${desired.kind === "blocked" ? ` ${desired.message}` : ""}`,
      ...(isHubMissing || holder === undefined || registry === undefined
        ? {}
        : { fix: [azAttach(holder, registry.id)] }),
    };
  }
  const how = workspace.kind === "project" ? `inherited from the hub ${holder?.name ?? ""}` : "attached";
  const found = `${formatId(attached)} is ${how}.`;
  const attachment = memory.known ? memory.fact?.attachment : undefined;
  if (attachment?.raced !== undefined && sameText(attachment.registryId, formatId(attached)))
    return { check, status: "note", found: `${found} ${racedMessage(attachment)}` };
  const remark = desired.kind === "registry" ? desired.note : desired.message;
  return remark === undefined ? { check, status: "ok", found } : { check, status: "note", found: `${found} ${remark}` };
}

/** What the registry's details say of network, builds and login; unknown without them. */
export function reachLines(facts: DiagnosisFacts): readonly Found[] {
  const details = facts.registry?.details;
  if (details?.known === true && details.fact !== undefined)
    return [networkLine(details.fact), imageBuildLine(facts, details.fact), loginLine(details.fact)];
  const message =
    details?.known === false
      ? `The registry could not be read. ${details.failure.message}`
      : "There is no registry to ask about.";
  return (["network", "imageBuild", "login"] as const).map((check) => unknown(check, { message }));
}

/** Whether somebody is kept out of the registry by its network rules. */
function isRestricted({ publicNetworkAccess, defaultAction }: RegistryDetails): boolean {
  return sameText(publicNetworkAccess, "Disabled") || sameText(defaultAction, "Deny");
}

function networkLine(registry: RegistryDetails): Found {
  const { id, sku, publicNetworkAccess, defaultAction, ipRules, privateEndpoints, networkRuleBypassOptions } = registry;
  const check = "network";
  const isShut = sameText(publicNetworkAccess, "Disabled");
  const rules = `public network access ${publicNetworkAccess}, default action ${defaultAction}, bypass ${networkRuleBypassOptions}, sku ${sku}`;
  if (!isRestricted(registry))
    return { check, status: "ok", found: `${id.name} can be reached from anywhere: ${rules}.` };
  const approved = privateEndpoints.filter(({ status }) => sameText(status, "Approved"));
  const pending = privateEndpoints.filter(({ status }) => sameText(status, "Pending"));
  const list = privateEndpoints.map(({ name, status }) => `${name} (${status})`).join(", ");
  const endpoints = `private endpoint connections: ${list === "" ? "none" : list}`;
  const isTrusted = sameText(networkRuleBypassOptions, "AzureServices");
  const trust = isTrusted ? [] : [azRegistry("update", id, "--allow-trusted-services true")];
  if (approved.length > 0)
    return {
      check,
      status: "note",
      found: `${id.name} is network-restricted and can be reached through private endpoints: ${rules}; ${endpoints}.${isTrusted ? "" : " Azure Machine Learning itself is kept out, as trusted services may not bypass the rules."}`,
      ...(trust.length === 0 ? {} : { fix: trust }),
    };
  if (!isShut && ipRules.length > 0)
    return {
      check,
      status: "note",
      found: `${id.name} lets in ${ipRules.join(", ")} only: ${rules}; ${endpoints}. Computes and endpoints must come from there.`,
    };
  const open = isShut ? "--public-network-enabled true --default-action Allow" : "--default-action Allow";
  return {
    check,
    status: "problem",
    found: `${id.name} lets nobody in: ${rules}; ${endpoints}.${sameText(sku, "Premium") ? "" : " Private endpoints need the sku Premium."}`,
    fix: [
      ...(sameText(sku, "Premium") ? [] : [azRegistry("update", id, "--sku Premium")]),
      ...(pending.length === 0
        ? [azRegistry("update", id, open)]
        : pending.map(({ name }) =>
            azRegistry("private-endpoint-connection approve", id, `--name ${quoted(name)}`, "--registry-name"),
          )),
      ...trust,
    ],
  };
}

/** A registry's own builds run outside of every private network (Microsoft Learn, "Secure an Azure Machine Learning workspace with virtual networks"). */
function imageBuildLine({ workspace, hub }: DiagnosisFacts, registry: RegistryDetails): Found {
  const check = "imageBuild";
  const ofHub = hub?.known === true ? hub.fact?.imageBuildCompute : undefined;
  const compute = workspace.imageBuildCompute ?? ofHub;
  if (!isRestricted(registry)) {
    const builder =
      compute === undefined ? "the registry itself builds images" : `the compute ${compute} builds images`;
    return { check, status: "ok", found: `${registry.id.name} is not network-restricted; ${builder}.` };
  }
  if (compute !== undefined)
    return {
      check,
      status: "ok",
      found: `${registry.id.name} is network-restricted, and the compute ${compute} builds images.`,
    };
  return {
    check,
    status: "problem",
    found: `${registry.id.name} is network-restricted, and no compute is set to build images (imageBuildCompute): the registry's own builds cannot reach it.`,
    fix: [azWorkspace("update", workspace.id, "--image-build-compute NAME_OF_A_CPU_CLUSTER")],
  };
}

function loginLine({ id, armTokensMayLogIn, adminUserEnabled }: RegistryDetails): Found {
  const check = "login";
  const admin = adminUserEnabled
    ? "The admin user is enabled: a compute without an identity pulls with its password, of which the workspace holds a copy."
    : "The admin user is disabled.";
  if (!armTokensMayLogIn)
    return {
      check,
      status: "problem",
      found: `${id.name} lets no token log in that was made for Azure Resource Manager (azureADAuthenticationAsArmPolicy is disabled): what pulls with such a token is kept out. ${admin}`,
      fix: [azRegistry("config authentication-as-arm update", id, "--status enabled", "--registry")],
    };
  return {
    check,
    status: adminUserEnabled ? "note" : "ok",
    found: `${id.name} lets tokens log in that were made for Azure Resource Manager. ${admin}`,
  };
}
