import { createHash } from "node:crypto";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Random choices that are the same whenever they are made with the same key. */
export interface Dice {
  /** True with this probability. */
  chance(probability: number): boolean;
  /** A whole number, both ends included. */
  whole(least: number, most: number): number;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
  /** One of the items, each as often as its weight says. */
  weighted<Item>(items: readonly (readonly [weight: number, item: Item])[]): Item;
}

/** Dice for one question. Asked under another key, or for another seed, they fall independently. */
export function diceFor(...key: readonly (string | number)[]): Dice {
  const generator = xoroshiro128plus(createHash("sha256").update(JSON.stringify(key)).digest().readInt32LE());
  const dice: Dice = {
    chance: (probability) => uniformFloat64(generator) < probability,
    whole: (least, most) => uniformInt(generator, least, most),
    pick: (items) => items[uniformInt(generator, 0, items.length - 1)] ?? items[0],
    weighted(items) {
      let left = uniformFloat64(generator) * items.reduce((sum, [weight]) => sum + weight, 0);
      const found = items.find(([weight]) => (left -= weight) < 0) ?? items.at(-1);
      if (found === undefined) throw new RangeError("There is nothing to choose from.");
      return found[1];
    },
  };
  return dice;
}
