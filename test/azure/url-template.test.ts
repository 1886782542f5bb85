import { expect, test } from "vitest";
import { urlTemplate } from "../../src/azure/url-template.ts";

const registry = "/subscriptions/1/resourceGroups/ml/providers/Microsoft.ContainerRegistry/registries/contosoml";

test.each([
  ["/subscriptions/1", "/subscriptions/{}"],
  ["/", "/"],
  [registry, "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}"],
  [
    `/${registry}/providers/Microsoft.Authorization/roleAssignments/2`,
    "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}/providers/Microsoft.Authorization/roleAssignments/{}",
  ],
  [
    "/subscriptions/1/resourceGroups/providers/providers/Microsoft.MachineLearningServices/workspaces/w/resyncKeys",
    "/subscriptions/{}/resourceGroups/providers/providers/Microsoft.MachineLearningServices/workspaces/{}/resyncKeys",
  ],
  [
    "/subscriptions/1/providers/Microsoft.MachineLearningServices/locations/westeurope/workspaceOperationsStatus/9",
    "/subscriptions/{}/providers/Microsoft.MachineLearningServices/locations/{}/workspaceOperationsStatus/{}",
  ],
  ["/providers/Microsoft.ResourceGraph/resources", "/providers/Microsoft.ResourceGraph/resources"],
  ["/acr/v1/azureml/base/_tags/latest", "/acr/v1/{}/_tags/{}"],
  ["/acr/v1/azureml%2Fbase/_manifests/sha256%3Aab", "/acr/v1/{}/_manifests/{}"],
])("%s is one of %s", (path, template) => {
  expect(urlTemplate(path)).toBe(template);
});
