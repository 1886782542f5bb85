import type { Token } from "./tokens.ts";

/** One of the `details` of an answer that refuses a query. */
export interface Detail {
  readonly code: string;
  readonly message: string;
  /** Counted from 1. */
  readonly line?: number;
  /** Counted from 0. */
  readonly characterPositionInLine?: number;
  readonly token?: string;
  readonly expectedToken?: string;
}

/**
 * A query that Resource Graph refuses, or that is beyond what is modelled here.
 *
 * Source of the codes that the service is seen to answer: `ParserFailure` and its fields, Azure/aztfexport#485;
 * `InvalidQueryLanguage` for what the service does not allow, Azure/azure-powershell#13762;
 * `DisallowedLogicalTableName`, Azure/azqr#853. How it names a column that is not there is not known: `SemanticError` is
 * what the Kusto engine below it says.
 */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly detail: Detail;

  constructor(detail: Detail) {
    super(detail.message);
    this.detail = detail;
  }
}

/** For text that is not KQL at all. */
export function parserFailure(token: Token, expectedToken?: string): QueryError {
  return new QueryError({
    code: "ParserFailure",
    message: "ParserFailure",
    ...placeOf(token),
    ...(expectedToken !== undefined && { expectedToken }),
  });
}

/** For KQL that Azure may well answer and the stand-in does not: it says so rather than guess. */
export function notModelled(what: string, token: Token): QueryError {
  return new QueryError({
    code: "InvalidQueryLanguage",
    message: `InvalidQueryLanguage: the stand-in for Resource Graph does not model ${what}`,
    ...placeOf(token),
  });
}

export function unknownTable(token: Token): QueryError {
  return new QueryError({
    code: "DisallowedLogicalTableName",
    message: `Logical table ${token.text} is invalid, unsupported or disallowed`,
    ...placeOf(token),
  });
}

/** For names that are not there and types that do not fit. */
export function semanticError(message: string, token: Token): QueryError {
  return new QueryError({ code: "SemanticError", message, ...placeOf(token) });
}

function placeOf({ text, line, column }: Token): Pick<Detail, "line" | "characterPositionInLine" | "token"> {
  return { line, characterPositionInLine: column, token: text };
}
