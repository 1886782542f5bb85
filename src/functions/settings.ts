import type { HttpRequest, HttpResponseInit } from "@azure/functions";
import { noQuery } from "../api/common.ts";
import type { SettingsView } from "../api/service.ts";
import type { App } from "../app.ts";
import { queryOf } from "./query.ts";

/** `GET /api/settings`: what the app was told, and what it takes where it was told nothing. No secret is among it. */
export function onSettings({ settings }: App, request: HttpRequest): HttpResponseInit {
  queryOf(request, noQuery);
  return { status: 200, jsonBody: { settings: settings().map((one) => ({ ...one })) } satisfies SettingsView };
}
