import { parserFailure, type QueryError } from "./query-error.ts";

export interface Token {
  readonly kind: "name" | "string" | "number" | "symbol" | "end";
  /** As written; of the end `<EOF>`. */
  readonly text: string;
  /** Of a string what it stands for, of everything else `text`. */
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 0. */
  readonly column: number;
}

const TOKEN = new RegExp(
  [
    "(?<space>\\s+|//[^\\n]*)",
    // Before names, as they begin like one.
    "(?<verbatim>@'(?:[^']|'')*'|@\"(?:[^\"]|\"\")*\")",
    "(?<string>'(?:[^'\\\\\\n]|\\\\.)*'|\"(?:[^\"\\\\\\n]|\\\\.)*\")",
    "(?<symbol>!?in~|![a-z_]+|==|=~|!=|!~|<=|>=|\\.\\.|[=<>|(),.[\\]+\\-*/%;:{}])",
    "(?<number>\\d+)",
    "(?<name>[A-Za-z_][A-Za-z0-9_]*)",
  ].join("|"),
  "y",
);

/** The words of a KQL query, read one after the other. */
export class Tokens {
  readonly #tokens: readonly Token[];
  #next = 0;

  /** @throws QueryError at the first character that begins no word */
  constructor(query: string) {
    this.#tokens = tokenize(query);
  }

  /** The one that is read next; at the end, for ever the end. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)] as Token;
  }

  take(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  /** Reads the word if it is the next one. A string never is: its quotes belong to its text. */
  accept(text: string): boolean {
    const isNext = this.peek().text === text;
    if (isNext) this.#next += 1;
    return isNext;
  }

  expect(text: string): void {
    if (!this.accept(text)) throw parserFailure(this.peek(), text);
  }

  /** Reads a word of this kind. */
  expectKind(kind: Token["kind"], expected: string): Token {
    if (this.peek().kind !== kind) throw this.failure(expected);
    return this.take();
  }

  failure(expected?: string): QueryError {
    return parserFailure(this.peek(), expected);
  }
}

function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let lineStart = 0;
  while (at < query.length) {
    TOKEN.lastIndex = at;
    const groups: Partial<Record<string, string>> | undefined = TOKEN.exec(query)?.groups;
    const place = { line, column: at - lineStart };
    if (!groups) {
      throw parserFailure({ kind: "symbol", text: query.charAt(at), value: query.charAt(at), ...place });
    }
    const [kind, text] = Object.entries(groups).find(([, found]) => found !== undefined) as [string, string];
    if (kind === "string" || kind === "verbatim") tokens.push({ kind: "string", text, value: unquote(text), ...place });
    else if (kind !== "space") tokens.push({ kind: kind as Token["kind"], text, value: text, ...place });
    at += text.length;
    const newline = text.lastIndexOf("\n");
    if (newline >= 0) {
      line += text.split("\n").length - 1;
      lineStart = at - text.length + newline + 1;
    }
  }
  return [...tokens, { kind: "end", text: "<EOF>", value: "", line, column: at - lineStart }];
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Source: https://learn.microsoft.com/kusto/query/scalar-data-types/string */
function unquote(text: string): string {
  if (text.startsWith("@")) {
    const quote = text.charAt(1);
    return text.slice(2, -1).replaceAll(quote + quote, quote);
  }
  return text.slice(1, -1).replace(/\\(.)/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
}
