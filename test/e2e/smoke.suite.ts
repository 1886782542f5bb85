/** What shows that an app runs, whatever hosts it: an event ends in a workspace put right, and HTTP answers. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Azure } from "../../local/azure/index.ts";
import { call, type Caller, settled, wholeRemediation, writesFor } from "./app.ts";
import { registryId, workspace, workspaceIdOf } from "./cast.ts";

/** An app that enforces, and is told by Event Grid what happens in that Azure. */
export interface Smoked {
  readonly azure: Azure;
  readonly host: Caller;
}

export function smoke(running: () => Smoked): void {
  it("answers that it is up and ready", async () => {
    const { host } = running();
    expect(await call(host, "GET", "/api/health", {})).toMatchObject({ status: 200, body: { mode: "enforce" } });
    expect(await call(host, "GET", "/api/health/ready", {})).toMatchObject({ status: 200 });
  });

  it("puts a workspace right that an event tells of, with one write of each kind", async () => {
    const { azure, host } = running();
    const id = workspaceIdOf("told-of");
    azure.world.put(workspace("told-of"));
    expect((await settled(host, id)).outcome).toBe("remediated");
    expect(writesFor(azure, id)).toEqual(wholeRemediation);
    expect(azure.world.get(id)?.properties["containerRegistry"]).toBe(registryId);
  });

  it("sweeps, and says how many workspaces it knows", async () => {
    const { host } = running();
    expect((await call(host, "POST", "/api/sweeps")).status).toBe(202);
    expect(await call(host, "GET", "/api/fleet")).toMatchObject({ status: 200, body: { workspaces: 1 } });
  });

  it("serves the fleet page and the document of its API", async () => {
    const { host } = running();
    const page = await fetch(`${host.url}/api/dashboard`);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const document: unknown = JSON.parse(readFileSync("docs/openapi.json", "utf8"));
    expect((await call(host, "GET", "/api/openapi.json", {})).body).toEqual(document);
  });
}
