import Table from "cli-table3";
import ora, { type Ora } from "ora";
import type { Role } from "./story.ts";

/** What the demo tells a person. With `--json` it tells nothing. */
export interface Teller {
  /** Something happened. */
  readonly tell: (text: string) => void;
  /** What is waited for now. */
  readonly wait: (text: string) => void;
  readonly close: () => void;
}

export interface Row {
  readonly role: Role;
  readonly outcome: string;
  readonly armWrites: number;
  readonly asExpected: boolean;
}

/** Writes a timeline to the terminal, with a line that moves while something is waited for. */
export function terminalTeller(startedAt: number): Teller {
  const spinner: Ora = ora({ stream: process.stdout, discardStdin: false });
  return {
    tell(text) {
      spinner.stop();
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1).padStart(5);
      console.log(`${seconds}s  ${text}`);
    },
    wait(text) {
      // Where there is no terminal, a line that moves would be a heap of lines.
      if (process.stdout.isTTY) spinner.start(text);
    },
    close() {
      spinner.stop();
    },
  };
}

/** `--json` prints one document and nothing else. */
export const silentTeller: Teller = { tell: () => undefined, wait: () => undefined, close: () => undefined };

/** The closing table. */
export function table(rows: readonly Row[]): string {
  const plain = { head: [], border: [] };
  const closing = new Table({ head: ["workspace", "what was the matter", "outcome", "ARM writes", ""], style: plain });
  for (const { role, outcome, armWrites, asExpected } of rows)
    closing.push([role.name, role.story, outcome, armWrites, asExpected ? "as it should" : "NOT as it should"]);
  return closing.toString();
}
