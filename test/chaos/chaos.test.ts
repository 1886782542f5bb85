import { expect, it } from "vitest";
import { run } from "../../local/chaos/run.ts";

// How long it takes is nothing that is tested: a busy machine may take several times as long as an idle one.
const patienceMs = 300_000;

it(
  "a short storm over two processes loses nothing and does nothing twice",
  async () => {
    const report = await run({ seed: 4, workspaces: 25, minutes: 0.15 });
    expect(report.violations).toEqual([]);
    // Not because nothing happened.
    expect(report.faults["host: killed"]).toBeGreaterThan(0);
    expect(Object.keys(report.faults).filter((kind) => kind.startsWith("arm: "))).not.toHaveLength(0);
    expect(Object.keys(report.faults).filter((kind) => kind.startsWith("event: "))).not.toHaveLength(0);
    expect(report.arm.writes).toBeGreaterThan(25);
    // One that was put right is compliant once that was confirmed, which on a busy machine is after the end.
    const { compliant = 0, remediated = 0 } = report.outcomes;
    expect(compliant + remediated).toBeGreaterThan(0);
  },
  patienceMs,
);
