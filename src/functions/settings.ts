import type { HttpResponseInit } from "@azure/functions";
import type { SettingsView } from "../api/service.ts";
import type { App } from "../app.ts";

/** `GET /api/settings`: what the app was told, and what it takes where it was told nothing. No secret is among it. */
export function onSettings({ settings }: App): HttpResponseInit {
  return { status: 200, jsonBody: { settings: settings().map((one) => ({ ...one })) } satisfies SettingsView };
}
