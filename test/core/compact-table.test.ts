import fc from "fast-check";
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { CompactTable } from "../../src/core/compact-table.ts";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

it("holds what a map holds, however much it has to grow", () => {
  // A table has 1024 slots at first, and grows once half of them are taken.
  const many = { minLength: 400, maxLength: 1_200, size: "max" } as const;
  const entry = fc.tuple(fc.string({ maxLength: 3 }), fc.double(), fc.double());
  fc.assert(
    fc.property(fc.array(entry, many), fc.array(fc.string({ maxLength: 3 })), (entries, others) => {
      const table = new CompactTable(hash, 2);
      const map = new Map(entries.map(([text, ...numbers]) => [text, numbers]));
      for (const [text, ...numbers] of entries) table.set(text, ...numbers);
      for (const text of [...map.keys(), ...others]) {
        expect(table.get(text)).toEqual(map.get(text));
        expect(table.has(text)).toBe(map.has(text));
      }
    }),
    { numRuns: 30 },
  );
});

it("is a set where rows have no numbers", () => {
  const table = new CompactTable(hash);
  table.set("one");
  expect([table.has("one"), table.has("other"), table.get("one")]).toEqual([true, false, []]);
});
