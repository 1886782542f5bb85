/** The host's own waits, on a clock that a test or demo may run faster. */
export interface TimeScale {
  /** A wait of the real host, in this host's milliseconds. */
  milliseconds(real: number): number;
  /** The same in whole seconds, at least one: storage counts in seconds. */
  wholeSeconds(realMilliseconds: number): number;
}

export function createTimeScale(factor: number): TimeScale {
  if (!(factor > 0)) throw new Error(`timeScale is ${factor}, must be greater than 0.`);
  return {
    milliseconds: (real) => real * factor,
    wholeSeconds: (real) => Math.max(1, Math.round((real * factor) / 1000)),
  };
}

/** The longest wait a Node timer takes; .NET's limit is of the same order. */
const longestTimer = 24 * 24 * 60 * 60 * 1000;

/** Resolves after the time, however long, or at once when aborted; never rejects. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  for (let left = milliseconds; left > 0 && !signal.aborted; left -= longestTimer) {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(left, longestTimer));
      signal.addEventListener("abort", wake);
    });
  }
}

/** ISO 8601 as .NET's serializer writes a UTC time: an offset instead of `Z`, no empty fraction. */
export function dotNetTime(time: Date): string {
  return time.toISOString().replace(/(\.000)?Z$/, "+00:00");
}
