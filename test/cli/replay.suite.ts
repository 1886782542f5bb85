import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { eventOf, workspaceIdOf as id } from "../e2e/cast.ts";
import { runLine, told } from "./a-terminal.ts";

type Environment = Record<string, string>;

/** Events that were saved, and what they would lead to. */
export function replaying({
  folder,
  eventFile,
  alone,
  withApp,
}: {
  readonly folder: string;
  readonly eventFile: string;
  readonly alone: () => Environment;
  readonly withApp: () => Environment;
}): void {
  it("shows where an event leads, and what would be done there", async () => {
    const { code, out } = await runLine(["replay", "--event", eventFile], { environment: withApp() });
    expect(code).toBe(0);
    expect(told(out)).toMatchSnapshot();
  });

  it("goes on after a workspace that is there no longer", async () => {
    const file = join(folder, "deleted.json");
    writeFileSync(file, JSON.stringify([eventOf(id("deleted"), "e-2"), eventOf(id("known"), "e-3")]));
    const { code, out } = await runLine(["replay", "--event", file, "--json"], { environment: withApp() });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      events: [
        {
          route: { workspaceId: id("deleted") },
          error: expect.stringContaining("There is no such workspace") as unknown,
        },
        { route: { workspaceId: id("known") }, plan: { isDrift: false } },
      ],
    });
  });

  it("takes an event for one of the subscriptions in management groups", async () => {
    const environment = { ...alone(), REMEDIATOR_MANAGEMENT_GROUPS: "ml" };
    const { out, err } = await runLine(["replay", "--event", eventFile], { environment });
    expect(out).toContain("leads to a look at this workspace");
    expect(err).toContain("every event is taken for one of theirs");
  });

  it("says what is wrong with what is no event", async () => {
    const file = join(folder, "broken.json");
    writeFileSync(file, '{"id": "e"}');
    const { code, err } = await runLine(["replay", "--event", file], { environment: alone() });
    expect([code, err]).toEqual([1, expect.stringContaining("broken.json: ") as unknown]);
  });
}
