import { expect, it } from "vitest";
import type { Stack } from "../../local/stack.ts";
import { examples } from "../../src/cli/examples.ts";
import { subscriptionId, workspaceIdOf as id } from "../e2e/cast.ts";
import { runLine } from "./a-terminal.ts";

interface Setting {
  readonly stack: Stack;
  readonly alone: () => Record<string, string>;
  readonly eventFile: string;
}

/** Each example of the help texts is run as it stands there, its variables set. */
export function helpExamples({ stack, alone, eventFile }: Setting): void {
  const all = Object.entries(examples).flatMap(([command, lines]) => lines.map((line) => ({ command, line })));

  it.each(all)("$line", async ({ line }) => {
    const values: Record<string, string> = {
      SUBSCRIPTION: subscriptionId,
      WORKSPACE: id("known"),
      APP: stack.host.url,
    };
    // The words as a shell makes them.
    const words = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) =>
      word
        .replaceAll('"', "")
        .replaceAll(/\$([A-Z]+)/g, (_, name: string) => values[name] ?? "")
        .replace("churn-model", "known")
        .replace(/^event\.json$/, eventFile),
    );
    const { code, err } = await runLine(words.slice(1), {
      environment: { ...alone(), ACR_REMEDIATOR_KEY: stack.host.functionKey },
    });
    // What is found differs; that nothing was wrong with the line does not.
    expect(code === 1 ? err : "", line).toBe("");
  });

  it("are in the help of each command", async () => {
    for (const [command, lines] of Object.entries(examples)) {
      const { code, out } = await runLine([command, "--help"], { environment: {} });
      for (const line of lines) expect([code, out]).toEqual([0, expect.stringContaining(line) as unknown]);
    }
  });
}
