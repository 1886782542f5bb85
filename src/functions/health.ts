import type { HttpResponseInit } from "@azure/functions";
import type { App } from "../app.ts";

/** `GET /api/health`: the app is up and its settings are right. Looks at nothing beyond itself, and needs no key. A probe may add a query. */
export function onHealth(app: App): HttpResponseInit {
  return { status: 200, jsonBody: { status: "up", mode: app.policy.mode } };
}
