/** The schedules that the Functions host understands: NCRONTAB with six fields (Microsoft Learn, "Timer trigger for Azure Functions"). */

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Second, minute, hour, day, month, day of the week: the least and the greatest value, and the names of values from the least on. */
const fields: readonly { readonly least: number; readonly most: number; readonly names: readonly string[] }[] = [
  { least: 0, most: 59, names: [] },
  { least: 0, most: 59, names: [] },
  { least: 0, most: 23, names: [] },
  { least: 1, most: 31, names: [] },
  { least: 1, most: 12, names: months },
  { least: 0, most: 6, names: days },
];

/**
 * The schedule with single spaces.
 * @throws Error naming the field that is wrong: the host would only log it, and the timer would never run
 */
export function parseSchedule(text: string): string {
  const given = text.trim().split(/\s+/);
  if (given.length !== fields.length) throw new Error(`it has ${given.length} fields`);
  fields.forEach(({ least, most, names }, index) => {
    const field = given[index] ?? "";
    const wrong = field.split(",").find((item) => !isItem(item, least, most, names));
    if (wrong !== undefined)
      throw new Error(`field ${index + 1}, ${JSON.stringify(field)}, goes from ${least} to ${most}`);
  });
  return given.join(" ");
}

/** A star, a value or a range of values, with a step or without one. */
function isItem(item: string, least: number, most: number, names: readonly string[]): boolean {
  const [range = "", step, ...more] = item.split("/");
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d{0,2}$/.test(step))) return false;
  if (range === "*") return true;
  const ends = range.split("-").map((text) => valueOf(text, least, names));
  return ends.length <= 2 && ends.every((end) => end >= least && end <= most) && (ends[0] ?? 0) <= (ends.at(-1) ?? 0);
}

function valueOf(text: string, least: number, names: readonly string[]): number {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const index = names.indexOf(text.toLowerCase());
  return index < 0 ? Number.NaN : least + index;
}
