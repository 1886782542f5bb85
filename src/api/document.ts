import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from "zod-openapi";
import * as z from "zod/mini";
import { problem } from "./common.ts";
import { type Operation, operations } from "./operations.ts";

/** What a caller is told of each status that is answered with a problem. */
const problems: Readonly<Record<number, string>> = {
  400: "What was asked cannot be understood. Nothing was changed.",
  403: "The workspace lies outside the policy, or our identity may not ask Azure.",
  404: "There is no such thing, or nothing is known of it.",
  500: "What is stored cannot be read.",
  502: "Azure refused.",
  503: "The app's settings are wrong, or storage or Azure cannot be reached; `retry-after` says when to ask again.",
};

/** The OpenAPI 3.1 document of the HTTP API, made from the schemas that requests are read with. */
export function openApiDocument(): ReturnType<typeof createDocument> {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of operations) {
    const path = (paths[`/api/${operation.route}`] ??= {});
    path[operation.method] = described(operation);
  }
  return createDocument(
    {
      openapi: "3.1.1",
      info: {
        title: "azureml-acr-remediator",
        version: "1",
        description:
          "Keeps Azure Machine Learning workspaces able to pull images from their container registry. What takes a key refuses query parameters that it does not know, and what changes something a body that it does not know; a later version may answer with more fields, outcomes and reasons.",
      },
      servers: [{ url: "/" }],
      paths,
      components: {
        securitySchemes: {
          key: {
            type: "apiKey",
            in: "header",
            name: "x-functions-key",
            description: "A function key or host key of the app.",
          },
        },
      },
    },
    {
      // A later version may answer with more.
      override: ({ jsonSchema, io }) => {
        if (io === "output") delete jsonSchema.additionalProperties;
      },
    },
  );
}

function described({
  name,
  summary,
  needsKey,
  path,
  query,
  body,
  answers,
  problems: codes,
}: Operation): ZodOpenApiOperationObject {
  return {
    operationId: name,
    summary,
    security: needsKey ? [{ key: [] }] : [],
    requestParams: { ...(path === undefined ? {} : { path }), ...(query === undefined ? {} : { query }) },
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: body } } } }),
    responses: responsesOf(answers, codes, needsKey),
  };
}

function responsesOf(
  answers: Operation["answers"],
  codes: readonly number[],
  needsKey: boolean,
): Record<string, ZodOpenApiResponseObject> {
  const responses: Record<string, ZodOpenApiResponseObject> = {};
  const content = { "application/problem+json": { schema: problem } };
  for (const status of codes) responses[status] = { description: problems[status] ?? "", content };
  for (const [status, { description, schema }] of Object.entries(answers)) {
    const others = responses[status]?.content;
    responses[status] = { description, content: { ...others, "application/json": { schema: oneOf(schema) } } };
  }
  if (needsKey)
    responses["401"] = { description: "The key is missing or wrong. Answered by the platform, without a body." };
  return { ...responses, default: { description: "Something went wrong that should not.", content } };
}

function oneOf([one, ...more]: Operation["answers"][number]["schema"]): z.ZodMiniType {
  return more.length === 0 ? one : z.union([one, ...more]);
}
