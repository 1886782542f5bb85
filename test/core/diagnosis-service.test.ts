import { describe, expect, it } from "vitest";
import type { Condition, Outcome } from "../../src/core/outcome.ts";
import { diagnosisOf } from "../../src/core/diagnosis.ts";
import { factsOf, known, lineOf, unanswered } from "./diagnosis-samples.ts";
import { home } from "./ids.ts";
import { contoso, memoryOf, workspaceOf } from "./samples.ts";

const ofWorkspace = `--name ws --resource-group ml --subscription ${home}`;

describe("the keys", () => {
  const withCondition = (status: Condition["status"], reason: string) =>
    factsOf({
      memory: known(memoryOf({ conditions: [{ type: "KeysSynced", status, reason, message: "As it is.", since: 1 }] })),
    });

  it.each([
    ["True", "Synced", "ok"],
    ["False", "Changed", "problem"],
    ["Unknown", "FirstSight", "unknown"],
  ] as const)("are as remembered: %s %s is %s", (status, reason, expected) => {
    const line = lineOf(withCondition(status, reason), "keys");
    expect(line).toMatchObject({ status: expected, found: `${reason}: As it is.` });
    expect(line.fix).toEqual(expected === "ok" ? undefined : [`az ml workspace sync-keys ${ofWorkspace}`]);
  });

  it("are unknown without a memory", () => {
    for (const memory of [known(undefined), unanswered])
      expect(lineOf(factsOf({ memory }), "keys")).toMatchObject({
        status: "unknown",
        fix: [`az ml workspace sync-keys ${ofWorkspace}`],
      });
  });
});

describe("the service's own diagnosis", () => {
  it("is told line by line, what concerns the registry first", () => {
    const findings = [
      { area: "dnsResolution", code: "CustomDnsInUse", level: "Warning", message: "A DNS of its own." },
      { area: "containerRegistry", code: "NotReachable", level: "Error", message: "It cannot be reached." },
    ];
    const lines = diagnosisOf(factsOf({ service: known(findings) })).lines.filter(({ check }) => check === "service");
    expect(lines).toMatchObject([
      {
        of: "containerRegistry",
        status: "problem",
        found: "Azure Machine Learning says NotReachable (Error): It cannot be reached.",
      },
      { of: "dnsResolution", status: "note" },
    ]);
  });

  it("proves nothing when it is empty, and is unknown when it did not answer", () => {
    const empty = lineOf(factsOf(), "service");
    expect(empty.status).toBe("note");
    expect(empty.doesNotProve).toContain("an empty answer proves nothing");
    expect(lineOf(factsOf({ service: known(undefined) }), "service")).toMatchObject({
      status: "unknown",
      found: "Azure Machine Learning's own diagnosis did not answer in time.",
      fix: [`az ml workspace diagnose ${ofWorkspace}`],
    });
    expect(lineOf(factsOf({ service: unanswered }), "service").status).toBe("unknown");
  });
});

describe("our own rights", () => {
  const ended = (outcome: Outcome) => lineOf(factsOf({ memory: known(memoryOf({ outcome })) }), "ownRights");

  it("are a problem where the last look was refused a change", () => {
    const message = "Could not attach: our identity lacks …/write at …";
    expect(ended({ kind: "blocked", reason: "MissingPermission", message, retryAt: 1 })).toMatchObject({
      status: "problem",
      found: `The last look ended blocked, MissingPermission: ${message}`,
    });
    expect(ended({ kind: "blocked", reason: "AuditMode", message: "Would attach.", retryAt: 1 }).status).toBe("ok");
    expect(ended({ kind: "compliant" })).toMatchObject({
      status: "ok",
      found: "Our own identity was refused no read. The last look ended compliant.",
    });
  });

  it("say so where no look is remembered, and where the workspace is left alone", () => {
    expect(lineOf(factsOf({ memory: known(undefined) }), "ownRights").found).toContain("No look is remembered");
    expect(lineOf(factsOf({ memory: unanswered }), "ownRights").found).toContain("is not known");
    const workspace = workspaceOf({ containerRegistry: contoso, tags: { "acr-remediation": "skip" } });
    const line = lineOf(factsOf({ workspace }), "ownRights");
    expect(line.status).toBe("note");
    expect(line.found).toContain("This app leaves the workspace alone");
  });
});
