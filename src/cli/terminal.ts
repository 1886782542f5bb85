import { confirm as ask, isCancel } from "@clack/prompts";
import Table from "cli-table3";
import ora from "ora";
import type { Writable } from "node:stream";
import { styleText } from "node:util";
import type { Environment } from "../settings.ts";
import type { Verdict } from "./exit-code.ts";

export type Style = Parameters<typeof styleText>[0];

/** Something that goes on and can be seen going on. */
export interface Activity {
  /** Says how far it is. @param share of the whole, 0 to 1, where that is known */
  at(text: string, share?: number): void;
  end(text?: string): void;
}

/** Where a command tells what it found: results to stdout, everything else to stderr. */
export interface Terminal {
  /** Whether results are one JSON document. */
  readonly json: boolean;
  /** Whether somebody is there to be asked. */
  readonly canAsk: boolean;
  /** A line of the result. */
  print(line?: string): void;
  /** The result as JSON. */
  printJson(value: unknown): void;
  /** A line for whoever watches. */
  note(line: string): void;
  table(head: readonly string[], rows: readonly (readonly string[])[]): void;
  paint(style: Style, text: string): string;
  /** @returns false also when nobody answers */
  confirm(question: string): Promise<boolean>;
  activity(text: string): Activity;
}

/** The colour of each verdict. */
export const verdictStyle: Readonly<Record<Verdict, Style>> = {
  compliant: "green",
  drift: "yellow",
  waiting: "cyan",
  blocked: "red",
  error: "red",
};

const noBorders = Object.fromEntries(
  ["top", "bottom", "left", "right", "mid"].flatMap((side) =>
    ["", "-mid", "-left", "-right"].map((part) => [`${side}${part}`, ""]),
  ),
);
const plainTable = {
  chars: { ...noBorders, "left-mid": "", "right-mid": "", middle: "  " },
  style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
};

/** The streams of a process, as far as a terminal needs them. */
export interface Streams {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

/** The terminal of a process. Plain where its stdout is none, or where `NO_COLOR` is set. @param json whether results are JSON */
export function openTerminal(json: boolean, environment: Environment, { stdin, stdout, stderr }: Streams): Terminal {
  const isPlain = !stdout.isTTY || Boolean(environment["NO_COLOR"]);
  const paint = (style: Style, text: string): string =>
    isPlain ? text : styleText(style, text, { validateStream: false });
  return {
    json,
    canAsk: stdin.isTTY === true && stdout.isTTY === true && !json,
    print: (line = "") => void stdout.write(`${line}\n`),
    printJson: (value) => void stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    table: (head, rows) => {
      const table = new Table({
        head: head.map((one) => paint("bold", one)),
        // The library's own colours depend on the process, not on this terminal.
        ...(isPlain ? plainTable : { style: { head: [], border: [] } }),
      });
      table.push(...rows.map((row) => [...row]));
      stdout.write(`${table.toString().replace(/ +$/gm, "")}\n`);
    },
    paint,
    confirm: async (question) => {
      const answer = await ask({ message: question, initialValue: false, output: stderr });
      return !isCancel(answer) && answer;
    },
    // A terminal that does not know its width says 0, and a spinner has no place there.
    activity: (text) => (stderr.isTTY === true && stderr.columns !== 0 && !json ? shown(stderr, text) : silent()),
  };
}

/** Leaves the keyboard alone: Ctrl+C is a signal, which the process hears. */
function shown(stream: NodeJS.WritableStream, text: string): Activity {
  const spinner = ora({ stream, text, discardStdin: false }).start();
  return {
    at: (now, share) => {
      spinner.text = share === undefined ? now : `${barOf(share)} ${now}`;
    },
    end: (last) => {
      if (last === undefined) spinner.stop();
      else spinner.succeed(last);
    },
  };
}

const barWidth = 24;

function barOf(share: number): string {
  const done = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return `${"█".repeat(done)}${"░".repeat(barWidth - done)}`;
}

function silent(): Activity {
  return { at: () => undefined, end: () => undefined };
}
