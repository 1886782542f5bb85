import { matchesAction } from "./action-pattern.ts";
import { Tokens } from "./condition-tokens.ts";

/** What is known of the role assignment that a request writes or deletes; what is not known is missing. */
export type Attributes = Readonly<Partial<Record<AttributeName, string>>>;

/** What a condition looks at. */
export interface Attempted {
  readonly action: string;
  /** Of what the request would make. */
  readonly request?: Attributes | undefined;
  /** Of what is there. */
  readonly resource?: Attributes | undefined;
}

/** Whether a role assignment gives its role for what is attempted. */
export type Condition = (attempted: Attempted) => boolean;

const attributeNames = ["RoleDefinitionId", "PrincipalId", "PrincipalType"] as const;
type AttributeName = (typeof attributeNames)[number];

/** Of an attribute's name, what comes before the colon. */
const PREFIX = "Microsoft.Authorization/roleAssignments:";

const equal = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();
const comparisons: Readonly<Record<string, typeof equal>> = { GuidEquals: equal, StringEqualsIgnoreCase: equal };

/**
 * Reads a condition of version 2.0: of its language the part that constrains who may be given which role. Those are
 * `ActionMatches`, the attributes of role assignments, comparisons of GUIDs and of texts for equality (also
 * `ForAnyOfAnyValues:`), AND, OR, NOT and parentheses. An attribute that is missing equals nothing.
 *
 * Source: https://learn.microsoft.com/azure/role-based-access-control/conditions-format and, for the attributes,
 * https://learn.microsoft.com/azure/role-based-access-control/conditions-authorization-actions-attributes
 *
 * @throws TypeError for anything else, saying where and what was expected
 */
export function parseCondition(text: string): Condition {
  const tokens = new Tokens(text);
  const condition = expression(tokens);
  tokens.end();
  return condition;
}

/** AND and OR have no order among each other: where both are used, parentheses are required. */
function expression(tokens: Tokens): Condition {
  const operands = [operand(tokens)];
  const operators = new Set<string>();
  for (let word = operator(tokens); word !== undefined; word = operator(tokens)) {
    operators.add(word);
    if (operators.size > 1) tokens.refuse("parentheses, as AND and OR stand side by side,");
    operands.push(operand(tokens));
  }
  return operators.has("OR")
    ? (attempted) => operands.some((one) => one(attempted))
    : (attempted) => operands.every((one) => one(attempted));
}

function operator(tokens: Tokens): "AND" | "OR" | undefined {
  if (tokens.take("AND", "&&") !== undefined) return "AND";
  return tokens.take("OR", "||") === undefined ? undefined : "OR";
}

function operand(tokens: Tokens): Condition {
  if (tokens.take("NOT", "!") !== undefined) {
    const negated = operand(tokens);
    return (attempted) => !negated(attempted);
  }
  if (tokens.take("(") !== undefined) {
    const inner = expression(tokens);
    tokens.expect(")");
    return inner;
  }
  if (tokens.take("ActionMatches") !== undefined) {
    const patterns = list(tokens, "text");
    return ({ action }) => patterns.some((pattern) => matchesAction(pattern, action));
  }
  return comparison(tokens);
}

/** `@Request[…] GuidEquals …`, `@Resource[…] ForAnyOfAnyValues:StringEqualsIgnoreCase {…, …}` */
function comparison(tokens: Tokens): Condition {
  const { source, name: fullName } = tokens.attribute();
  const name = attributeNames.find((known) => equal(`${PREFIX}${known}`, fullName));
  if (name === undefined) tokens.refuse(`an attribute of ${PREFIX.slice(0, -1)} (${attributeNames.join(", ")})`);
  const word = tokens.word("an operator");
  const [, ofAny, compared = ""] = /^(ForAnyOfAnyValues:)?(.*)$/.exec(word) ?? [];
  const holds = comparisons[compared];
  if (holds === undefined) tokens.refuse(`one of ${Object.keys(comparisons).join(", ")}`);
  const kind = compared === "GuidEquals" ? "guid" : "text";
  const values = ofAny === undefined ? [tokens.value(kind)] : list(tokens, kind);
  return (attempted) => {
    const found = attempted[source]?.[name];
    return found !== undefined && values.some((value) => holds(found, value));
  };
}

function list(tokens: Tokens, kind: "guid" | "text"): string[] {
  tokens.expect("{");
  const values = [tokens.value(kind)];
  while (tokens.take(",") !== undefined) values.push(tokens.value(kind));
  tokens.expect("}");
  return values;
}
