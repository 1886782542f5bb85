import { InvalidArgumentError } from "commander";

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A length of time such as `90s`, `30m`, `2h` or `7d`, in milliseconds. @throws InvalidArgumentError */
export function duration(text: string): number {
  const [, number = "", unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(number) * (units[unit] ?? NaN);
  if (Number.isNaN(ms) || number === "")
    throw new InvalidArgumentError("Allowed: a number and a unit, such as 90s, 30m, 2h or 7d.");
  return ms;
}
