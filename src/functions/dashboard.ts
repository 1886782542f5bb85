import type { HttpResponseInit } from "@azure/functions";
import { contentSecurityPolicy, html } from "fleet-page";

/** `GET /api/dashboard`: the fleet page, which asks the HTTP API for all that it shows. A part of the bundle of its own. */
export function onDashboard(): HttpResponseInit {
  return {
    status: 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": contentSecurityPolicy,
      "cross-origin-opener-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      // A page must not outlive the API that it was made for.
      "cache-control": "no-store",
    },
    body: html,
  };
}
