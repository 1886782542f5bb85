import { expect, it } from "vitest";
import { noMemory } from "../../src/core/memory.ts";
import { memoryShape } from "../../src/storage/memory-shape.ts";

it("a memory of a later version, whose attempt is of a kind that is not known here, still loads", () => {
  const attempted = [{ kind: "PaintItBlue", description: "paint it blue" }];
  const memory = { ...noMemory("/w"), attempted };
  expect(memoryShape.parse(memory)).toEqual(memory);
});
