import { describe, expect, it } from "vitest";
import { membershipsOf, provenSince } from "../../src/core/memberships.ts";
import type { ObservedPrincipal } from "../../src/core/observation.ts";
import { principalId } from "./ids.ts";

function through(number: number, assignmentId = "/a"): ObservedPrincipal {
  const grant = { held: true, assignmentId, role: "AcrPull", roleId: "r", scope: "/", through: "a group" } as const;
  return { of: "compute", label: `c${number}`, principalId: principalId(number).toUpperCase(), grant };
}

function own(number: number): ObservedPrincipal {
  const grant = {
    held: true,
    assignmentId: "/own",
    role: "AcrPull",
    roleId: "r",
    scope: "/",
    through: "itself",
  } as const;
  return { of: "compute", label: `c${number}`, principalId: principalId(number), grant };
}

describe("what is remembered of groups", () => {
  it("is who holds the right through which assignment, and not who holds it himself", () => {
    expect(membershipsOf(undefined, [through(1), through(2), own(3), through(4, "/b")], 0, 5)).toEqual([
      { assignmentId: "/a", principalIds: [principalId(1), principalId(2)], at: 5 },
      { assignmentId: "/b", principalIds: [principalId(4)], at: 5 },
    ]);
  });

  it("is nothing where one identity alone pulls, or none through a group", () => {
    expect(membershipsOf(undefined, [through(1)], 0, 5)).toBeUndefined();
    expect(membershipsOf(undefined, [own(1), own(2)], 0, 5)).toBeUndefined();
  });

  it("keeps the time at which Azure said so, which a look that did not ask does not renew", () => {
    const before = membershipsOf(undefined, [through(1), own(3)], 0, 5);
    expect(membershipsOf(before, [through(1), through(2)], 0, 9)).toEqual([
      { assignmentId: "/a", principalIds: [principalId(1)], at: 5 },
      { assignmentId: "/a", principalIds: [principalId(2)], at: 9 },
    ]);
    expect(membershipsOf(before, [through(1), own(3)], 6, 9)).toEqual([
      { assignmentId: "/a", principalIds: [principalId(1)], at: 9 },
    ]);
  });

  it("is believed of that assignment and that identity, in any casing, and only if it is young enough", () => {
    const before = membershipsOf(undefined, [through(1), through(2)], 0, 5);
    expect(provenSince(before, 5).isReached("/A", principalId(1))).toBe(true);
    expect(provenSince(before, 5).isReached("/b", principalId(1))).toBe(false);
    expect(provenSince(before, 5).isReached("/a", principalId(3))).toBe(false);
    expect(provenSince(before, 6).isReached("/a", principalId(1))).toBe(false);
  });

  it("is bounded", () => {
    const many = Array.from({ length: 3_000 }, (_, index) => through(index));
    const kept = membershipsOf(undefined, many, 0, 5) ?? [];
    expect(kept.flatMap(({ principalIds }) => principalIds)).toHaveLength(2_000);
  });
});
