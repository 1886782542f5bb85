import { expect, it } from "vitest";
import { registryId, workspaceIdOf as id } from "../e2e/cast.ts";
import { runLine } from "./a-terminal.ts";

type Environment = Record<string, string>;

/** Command lines that cannot be carried out, and what is said of them. */
export function wrongLines({
  alone,
  withApp,
}: {
  readonly alone: () => Environment;
  readonly withApp: () => Environment;
}): void {
  it.each<[string, string[], string]>([
    ["an unknown command", ["mend"], "unknown command 'mend'"],
    ["an unknown option", ["check", "--fast"], "unknown option '--fast'"],
    ["no workspace", ["check"], "Name a workspace: by its id, or by --name"],
    ["half a workspace", ["check", "-n", "known"], "--resource-group and --subscription is missing as well"],
    ["two workspaces", ["check", id("known"), "-n", "known"], "by its id or by --name, not by both"],
    ["an id of something else", ["check", registryId], "not of a Microsoft.MachineLearningServices/workspaces"],
    ["a workspace that is not there", ["check", id("misspelt"), "--registry", registryId], "Azure knows no workspace"],
    [
      "a registry that is not there",
      ["check", id("known"), "--registry", "nobodys"],
      'no registry "nobodys" is to be seen',
    ],
    ["all, and one group", ["check", "--all", "-g", "ml-team"], "--all is every workspace"],
    ["all, and a registry", ["check", "--all", "--registry", "contosoml"], "the app has its own policy"],
    [
      "a fleet's status of half a workspace",
      ["status", "-g", "ml-team"],
      "--name and --subscription is missing as well",
    ],
    ["a length of time without unit", ["fix", id("known"), "--wait", "10"], "Allowed: a number and a unit"],
    ["a file that is not there", ["config", "--settings", "nowhere.json"], "--settings nowhere.json: "],
    ["an address without https", ["status", "--app", "http://example.com"], "allowed: an https address"],
  ])("%s", async (_what, args, message) => {
    const { code, err, out } = await runLine(args, { environment: alone() });
    expect([code, err, out]).toEqual([1, expect.stringContaining(message) as unknown, ""]);
  });

  it("what an app decides", async () => {
    for (const option of [["--force-sync"], ["--registry", "contosoml"]]) {
      const { code, err } = await runLine(["fix", id("known"), "--yes", ...option], { environment: withApp() });
      expect([code, err]).toEqual([1, expect.stringContaining(`${option[0]} is for a`) as unknown]);
    }
  });

  it("a wrong key, and an app that is not there", async () => {
    const wrong = await runLine(["status"], { environment: { ...withApp(), ACR_REMEDIATOR_KEY: "guessed" } });
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining("the key is missing or wrong") as unknown]);
    const two = await runLine(["status"], { environment: { ...withApp(), ACR_REMEDIATOR_KEY: "first\nsecond" } });
    expect([two.code, two.err]).toEqual([1, expect.stringContaining("ACR_REMEDIATOR_KEY is no key") as unknown]);
    expect(two.err).not.toMatch(/first|second/);
    const nowhere = await runLine(["status", "--app", "http://127.0.0.1:9"], { environment: withApp() });
    expect([nowhere.code, nowhere.err]).toEqual([1, expect.stringContaining("was not answered") as unknown]);
  });
}
