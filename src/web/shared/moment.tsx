const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const short = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** How far a moment is from now, such as `5 minutes ago`. */
function fromNow(iso: string): string {
  const seconds = Math.round((Date.parse(iso) - Date.now()) / 1_000);
  const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / size), unit);
}

/** A moment in few characters, in the time zone of whoever looks. */
export function shortMoment(iso: string): string {
  return short.format(new Date(iso));
}

/** A moment as people say it; its exact time is its title. */
export function Moment({ at, exactly = false }: { at: string; exactly?: boolean }) {
  const whole = exact.format(new Date(at));
  return (
    <time dateTime={at} title={whole}>
      {exactly ? whole : fromNow(at)}
    </time>
  );
}
