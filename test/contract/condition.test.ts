import { describe, expect, test } from "vitest";

import { type Attempted, parseCondition } from "../../local/azure/condition.ts";

const acrPull = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
const repositoryReader = "b93aa761-3e63-49ed-ac28-beffa264f7ac";
const owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const write = "Microsoft.Authorization/roleAssignments/write";
const attribute = "Microsoft.Authorization/roleAssignments";

const attempt = (RoleDefinitionId: string, PrincipalType?: string): Attempted => ({
  action: write,
  request: { RoleDefinitionId, ...(PrincipalType !== undefined && { PrincipalType }) },
});

/** The template "roles and principal types", as the portal writes it. */
const template = `
(
 (
  !(ActionMatches{'${write}'})
 )
 OR
 (
  @Request[${attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${acrPull}, ${repositoryReader}}
  AND
  @Request[${attribute}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}
 )
)
AND
(
 (
  !(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})
 )
 OR
 (
  @Resource[${attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${acrPull}}
 )
)`;

describe("the documented template", () => {
  const condition = parseCondition(template);
  const remove = "Microsoft.Authorization/roleAssignments/delete";

  test.each<[string, boolean, Attempted]>([
    ["one of its roles, to its type", true, attempt(acrPull, "ServicePrincipal")],
    ["the other one", true, attempt(repositoryReader, "ServicePrincipal")],
    ["in whatever case", true, attempt(acrPull.toUpperCase(), "SERVICEPRINCIPAL")],
    ["another role", false, attempt(owner, "ServicePrincipal")],
    ["another type", false, attempt(acrPull, "User")],
    ["no type", false, attempt(acrPull)],
    ["nothing known of the request", false, { action: write }],
    ["the action in whatever case", false, { action: write.toUpperCase() }],
    ["another action", true, { action: "Microsoft.Authorization/roleAssignments/read" }],
    ["deleting its role", true, { action: remove, resource: { RoleDefinitionId: acrPull } }],
    ["deleting another", false, { action: remove, resource: { RoleDefinitionId: owner } }],
    ["deleting, the role named by the request", false, { action: remove, request: { RoleDefinitionId: acrPull } }],
  ])("%s: %s", (_, holds, attempted) => {
    expect(condition(attempted)).toBe(holds);
  });
});

test.each<[string, boolean]>([
  [`ActionMatches{'Microsoft.Authorization/roleAssignments/*'}`, true],
  [`ActionMatches{'Microsoft.Authorization/roleDefinitions/*'}`, false],
  [`!ActionMatches{'*/write'}`, false],
  [`NOT (ActionMatches{'*/write'} AND ActionMatches{'*/delete'})`, true],
  [`ActionMatches{'*/delete'} || ActionMatches{'*/write'}`, true],
  [`ActionMatches{'*/delete'} && ActionMatches{'*/write'}`, false],
  [`ActionMatches{'*/delete', '*/write'}`, true],
  [`ActionMatches{'*/write'} AND (ActionMatches{'*/delete'} OR ActionMatches{'*/write'})`, true],
  [`@request[${attribute}:PrincipalType] StringEqualsIgnoreCase 'user'`, true],
  [`@Request[${attribute}:PrincipalId] GuidEquals ${owner}`, false],
])("%s is %s", (text, holds) => {
  expect(parseCondition(text)(attempt(acrPull, "User"))).toBe(holds);
});

test.each([
  ["", "expected @Request[…] or @Resource[…] at 0, found the end"],
  [
    `ActionMatches{'a'} AND ActionMatches{'b'} OR ActionMatches{'c'}`,
    "expected parentheses, as AND and OR stand side by side, at 42, found OR",
  ],
  ["(ActionMatches{'a'}", "expected ')' at 19, found the end"],
  ["ActionMatches{'a'} ActionMatches{'b'}", "expected the end at 19, found ActionMatches"],
  ["ActionMatches{a}", "expected a text in single quotes at 14, found a"],
  [
    "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'a'",
    `expected an attribute of ${attribute} (RoleDefinitionId, PrincipalId, PrincipalType) at 0`,
  ],
  [
    `@Request[${attribute}:RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals {${owner}}`,
    "expected one of GuidEquals, StringEqualsIgnoreCase at 67, found ForAnyOfAllValues:GuidNotEquals",
  ],
  [`@Request[${attribute}:RoleDefinitionId] GuidEquals '${owner}'`, "expected a GUID without quotes at 78"],
  ["@Principal[department] StringEquals 'a'", "found @Principal[department] StringEquals 'a'"],
])("%s is refused, saying where and why", (text, why) => {
  expect(() => parseCondition(text)).toThrow(`A condition that cannot be evaluated: `);
  expect(() => parseCondition(text)).toThrow(why);
});
