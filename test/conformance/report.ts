import type { Divergence, SuiteResult } from "./suite.ts";

/** What a person reads in the end: every divergence, and all that could not be held against Azure at all. */
export function reportOf({ conforms, diverges, didNotRun, onlyOnTheStandIn }: SuiteResult): string {
  const standIn = [...onlyOnTheStandIn].flatMap(([file, names]) => [file, ...names.map((name) => `  ${name}`)]);
  const count = [...onlyOnTheStandIn.values()].reduce((sum, names) => sum + names.length, 0);
  return [
    ...section(`Only on the stand-in, as ARM alone cannot show them (${count}):`, standIn),
    ...section(`Did not run (${didNotRun.length}):`, didNotRun.flatMap(linesOf)),
    ...section(`Azure diverges (${diverges.length}):`, diverges.flatMap(linesOf)),
    `${conforms.length} as the contract says, ${diverges.length} not, ${didNotRun.length} did not run, ${count} only on the stand-in.`,
  ].join("\n");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines, ""];
}

function linesOf({ expected, found }: Divergence): readonly string[] {
  return [`  the contract: ${expected}`, "  Azure:", ...found.split("\n").map((line) => `    ${line}`)];
}
