import type { HttpResponseInit } from "@azure/functions";
import { openApiDocument } from "../api/document.ts";

/** `GET /api/openapi.json`: the OpenAPI 3.1 document of this API. A part of the bundle of its own. */
export function onOpenApi(): HttpResponseInit {
  return { status: 200, jsonBody: openApiDocument() };
}
