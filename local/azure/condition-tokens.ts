const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
const kinds = {
  attribute: /@(Request|Resource)\[([^\]]*)\]/i,
  text: /'([^']*)'/,
  guid: GUID,
  word: /[A-Za-z]+(?::[A-Za-z]+)?/,
  mark: /&&|\|\||[(){},!]/,
};
const TOKEN = new RegExp(
  `\\s*(?:${Object.values(kinds)
    .map(({ source }) => `(?:${source})`)
    .join("|")})`,
  "iy",
);

interface Token {
  readonly token: string;
  readonly at: number;
}

/** The words and marks of a condition, taken from left to right. Every failure says where it is and what is there. */
export class Tokens {
  readonly #text: string;
  /** What is not taken yet, and where each begins. */
  readonly #left: Token[] = [];
  #last: Token = { token: "", at: 0 };

  /** @throws TypeError when there is something that is no part of the language */
  constructor(text: string) {
    this.#text = text;
    let end = 0;
    for (TOKEN.lastIndex = 0; ;) {
      const [found] = TOKEN.exec(text) ?? [];
      if (found === undefined) break;
      end = TOKEN.lastIndex;
      const token = found.trimStart();
      this.#left.push({ token, at: end - token.length });
    }
    const rest = text.slice(end);
    if (rest.trim() !== "") this.#left.push({ token: rest.trim(), at: text.length - rest.trimStart().length });
  }

  /** Takes the next token if it is one of these. */
  take(...wanted: readonly string[]): string | undefined {
    const [next] = this.#left;
    if (next === undefined || !wanted.includes(next.token)) return undefined;
    this.#shift(next);
    return next.token;
  }

  expect(wanted: string): void {
    if (this.take(wanted) === undefined) this.fail(`'${wanted}'`);
  }

  attribute(): { readonly source: "request" | "resource"; readonly name: string } {
    const [, source = "", name = ""] = this.#next("attribute", "@Request[…] or @Resource[…]");
    return { source: source.toLowerCase() as "request" | "resource", name };
  }

  /** What is inside of the quotes of a text, or a GUID, which has none. */
  value(kind: "guid" | "text"): string {
    const [whole, quoted] = this.#next(kind, kind === "guid" ? "a GUID without quotes" : "a text in single quotes");
    return quoted ?? whole;
  }

  word(what: string): string {
    return this.#next("word", what)[0];
  }

  end(): void {
    if (this.#left.length > 0) this.fail("the end");
  }

  /** @throws TypeError about the next token, always */
  fail(wanted: string): never {
    throw this.#error(this.#left[0] ?? { token: "the end", at: this.#text.length }, wanted);
  }

  /** @throws TypeError about the token that was taken last, always */
  refuse(wanted: string): never {
    throw this.#error(this.#last, wanted);
  }

  #error({ token, at }: Token, wanted: string): TypeError {
    const found = token.length > 60 ? `${token.slice(0, 60)}…` : token;
    return new TypeError(`A condition that cannot be evaluated: expected ${wanted} at ${at}, found ${found}`);
  }

  #next(kind: keyof typeof kinds, what: string): RegExpExecArray {
    const [next] = this.#left;
    const match = new RegExp(`^(?:${kinds[kind].source})$`, "i").exec(next?.token ?? "");
    if (next === undefined || match === null) this.fail(what);
    this.#shift(next);
    return match;
  }

  #shift(taken: Token): void {
    this.#left.shift();
    this.#last = taken;
  }
}
