/** What is remembered or told is bounded: a workspace may have thousands of computes, and a row of a table holds 1 MiB. */

/** So many of them, those first that matter most; how many more there are. */
export function firstOf<Item>(
  items: readonly Item[],
  most: number,
  mattersMost: (item: Item) => boolean = () => false,
): { readonly kept: readonly Item[]; readonly more: number } {
  if (items.length <= most) return { kept: items, more: 0 };
  const sorted = [...items.filter(mattersMost), ...items.filter((item) => !mattersMost(item))];
  return { kept: sorted.slice(0, most), more: items.length - most };
}

/** The latest of them, and how many went before. */
export function lastOf<Item>(
  items: readonly Item[],
  most: number,
): { readonly kept: readonly Item[]; readonly before: number } {
  return { kept: items.slice(-most), before: Math.max(0, items.length - most) };
}

/** More than so many are not named in one message. */
const mostNamed = 10;

/** The first of many in one text, and how many more there are. */
export function someOf(texts: readonly string[], separator: string, last = separator): string {
  const { kept, more } = firstOf(texts, mostNamed);
  const named = kept.join(separator);
  return more === 0 ? named : `${named}${last}${more} more`;
}

/** Whether it takes no more than so many characters as JSON. */
export function fitsInto(value: unknown, mostCharacters: number): boolean {
  return JSON.stringify(value).length <= mostCharacters;
}
