/** How long to wait before polling again; true when the last poll since the previous wait found something. */
export type PollingDelay = (foundMessage: boolean) => number;

const randomization = 0.2;

/**
 * Randomised exponential back-off as the WebJobs SDK polls queues (Timers/RandomizedExponentialBackoffStrategy.cs):
 * the minimum after work was found, then minimum + 2^n × minimum ± 20 %, up to and from then on exactly the maximum.
 */
export function createPollingDelay(minimum: number, maximum: number, random: () => number): PollingDelay {
  let current = 0;
  let exponent = 0;
  return (foundMessage) => {
    if (foundMessage) {
      current = minimum;
      exponent = 1;
    } else if (current !== maximum) {
      const spread = 1 - randomization + random() * 2 * randomization;
      const next = minimum + (exponent > 0 ? spread * 2 ** (exponent - 1) * minimum : 0);
      current = Math.min(next, maximum);
      exponent += 1;
    }
    return current;
  };
}
