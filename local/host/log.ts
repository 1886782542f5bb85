/** What the host and its app say: one JSON object a line on the child's stderr. */

export type LogLevel = "trace" | "debug" | "information" | "warning" | "error" | "critical" | "none";

export interface HostLogLine {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly level: LogLevel;
  /** As in the real host: `Function.<name>` is the host about a function, `Function.<name>.User` the function itself. */
  readonly category: string;
  readonly functionName?: string;
  readonly invocationId?: string;
  readonly message: string;
}

export type Log = (line: Omit<HostLogLine, "time">) => void;

/** A log that hands each finished line, without its newline, to `write`. */
export function createLog(write: (line: string) => void): Log {
  return (line) => {
    write(JSON.stringify({ time: new Date().toISOString(), ...line }));
  };
}

/** Reads a line back; what is no line of ours (Node's own last words, say) becomes the message of a warning. */
export function parseLogLine(text: string): HostLogLine {
  try {
    const parsed: unknown = JSON.parse(text);
    if (isLogLine(parsed)) return parsed;
  } catch {
    // not JSON: falls through
  }
  return { time: new Date().toISOString(), level: "warning", category: "Host.Process", message: text };
}

function isLogLine(value: unknown): value is HostLogLine {
  return typeof value === "object" && value !== null && "time" in value && "level" in value && "message" in value;
}
