/** What can be written into a parameters file. */
export type BicepValue = string | number | boolean | readonly BicepValue[] | { readonly [name: string]: BicepValue };

/** The value as Bicep writes it. */
export function bicepLiteral(value: BicepValue): string {
  if (typeof value === "string") return `'${value.replaceAll(/[\\']/g, String.raw`\$&`).replaceAll("${", "\\${")}'`;
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[\n${value.map((item: BicepValue) => `${bicepLiteral(item)}\n`).join("")}]`;
  return `{\n${Object.entries(value)
    .map(([name, item]) => `${/^\w+$/.test(name) ? name : bicepLiteral(name)}: ${bicepLiteral(item)}\n`)
    .join("")}}`;
}
