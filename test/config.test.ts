import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { loadConfig } from "../src/config.ts";
import { settingNames } from "../src/settings.ts";
import { parseRegistryId } from "../src/core/arm-id.ts";
import { defaultWaits } from "../src/core/policy.ts";
import { connectionString, least, problemsOf, registryId, rulesOf, subscription } from "./config-samples.ts";

describe("the least settings", () => {
  test("give an auditing policy with the documented defaults", () => {
    expect(loadConfig(least)).toEqual({
      policy: {
        mode: "audit",
        subscriptions: [subscription],
        defaultRegistry: parseRegistryId(registryId),
        rules: [],
        attach: "whenMissing",
        pullPrincipals: ["workspace", "compute", "endpoint"],
        adminUserRegistries: [],
        prune: false,
        firstSight: "sync",
        contestRounds: 5,
        requiredImages: [],
        waits: defaultWaits,
      },
      managementGroups: [],
      arm: { endpoint: "https://management.azure.com", audience: "https://management.azure.com" },
      registryAudience: "https://containerregistry.azure.net",
      credential: { kind: "managedIdentity" },
      storage: { kind: "connectionString", connectionString },
      leaseSeconds: 60,
      freshness: { schedule: "0 30 2 * * *", sweepGraceMs: 3_600_000, sweepHoldMs: 600_000, backlogMs: 900_000 },
    });
  });

  test("may leave settings out by leaving them empty", () => {
    const empty = Object.fromEntries(settingNames.map((name) => [name, ""]));
    expect(loadConfig({ ...empty, ...least })).toEqual(loadConfig(least));
  });

  test("cannot be changed afterwards, at any depth", () => {
    const config = loadConfig({ ...least, REMEDIATOR_REGISTRY_RULES: rulesOf([{ registryIds: [registryId] }]) });
    const thaw = (value: unknown): unknown[] =>
      typeof value === "object" && value !== null
        ? [...(Object.isFrozen(value) ? [] : [value]), ...Object.values(value).flatMap(thaw)]
        : [];
    expect(thaw(config)).toEqual([]);
  });

  test("are all that is read: nothing else of the environment", () => {
    const read = new Set<string>();
    const watched = new Proxy(least, {
      get: (target, name) => {
        read.add(String(name));
        return Reflect.get(target, name) as unknown;
      },
    });
    loadConfig(watched);
    expect([...read].sort()).toEqual([...settingNames].sort());
  });
});

describe("a setting that is wrong", () => {
  test.each([
    ["REMEDIATOR_MODE", "Enforce", "audit or enforce"],
    ["REMEDIATOR_SUBSCRIPTIONS", "prod", 'subscription ids, separated by commas ("prod" is not a GUID)'],
    ["REMEDIATOR_SUBSCRIPTIONS", `${subscription},`, 'subscription ids, separated by commas ("" is not a GUID)'],
    ["REMEDIATOR_DEFAULT_REGISTRY", "contoso", 'the ARM id of a container registry ("contoso" is not the id'],
    [
      "REMEDIATOR_DEFAULT_REGISTRY",
      registryId.replace("registries", "webhooks"),
      "the ARM id of a container registry (",
    ],
    [
      "REMEDIATOR_REGISTRY_RULES",
      "{",
      "a JSON array of {subscriptionId?, resourceGroup?, location?, registryIds} (it is not JSON)",
    ],
    ["REMEDIATOR_REGISTRY_RULES", "{}", "registryIds} (rule is not an array)"],
    ["REMEDIATOR_REGISTRY_RULES", "[7]", "registryIds} (rule 0 is no object)"],
    ["REMEDIATOR_REGISTRY_RULES", rulesOf([{ registryIds: [] }]), "(rule 0 registryIds is empty)"],
    ["REMEDIATOR_REGISTRY_RULES", rulesOf([{ registryIds: "x" }]), "(rule 0 registryIds is not an array)"],
    ["REMEDIATOR_REGISTRY_RULES", rulesOf([{ registryIds: [7] }]), "(rule 0 registryIds 0 is not a text)"],
    ["REMEDIATOR_REGISTRY_RULES", rulesOf([{ registryIds: [registryId], location: "" }]), "(rule 0 location is empty)"],
    [
      "REMEDIATOR_REGISTRY_RULES",
      rulesOf([{ registryIds: [registryId], registry: "x" }]),
      "(rule 0 has the unknown registry)",
    ],
    [
      "REMEDIATOR_REGISTRY_RULES",
      rulesOf([{ registryIds: [registryId] }, { registryIds: ["x"] }]),
      '(rule 1: "x" is not the id',
    ],
    [
      "REMEDIATOR_REGISTRY_RULES",
      rulesOf([{ registryIds: [registryId], subscriptionId: "prod" }]),
      '(rule 0: the subscriptionId "prod" is not a GUID)',
    ],
    ["REMEDIATOR_FIRST_SIGHT", "ignore", "sync or adopt"],
    ["REMEDIATOR_DEADLINE_HOURS", "0", "a number from 1 to 336"],
    ["REMEDIATOR_DEADLINE_HOURS", "a day", "a number from 1 to 336"],
    ["REMEDIATOR_RECHECK_MINUTES", "4", "a number from 5 to 1440"],
    ["REMEDIATOR_RECHECK_MINUTES", "1441", "a number from 5 to 1440"],
    ["REMEDIATOR_CONTEST_ROUNDS", "0", "a whole number from 1 to 100"],
    ["REMEDIATOR_CONTEST_ROUNDS", "101", "a whole number from 1 to 100"],
    ["REMEDIATOR_CONTEST_ROUNDS", "2.5", "a whole number from 1 to 100"],
    ["REMEDIATOR_CONTEST_ROUNDS", "five", "a whole number from 1 to 100"],
    ["REMEDIATOR_WAIT_SCALE", "0", "a number from 0.001 to 10"],
    ["REMEDIATOR_WAIT_SCALE", " ", "a number from 0.001 to 10"],
    ["REMEDIATOR_WAIT_SCALE", "NaN", "a number from 0.001 to 10"],
    ["REMEDIATOR_LEASE_SECONDS", "Infinity", "a number from 5 to 300"],
    ["REMEDIATOR_SWEEP_SCHEDULE", "nightly", "six fields, seconds first, e.g. 0 30 2 * * * (it has 1 fields)"],
    ["REMEDIATOR_CREDENTIAL", "cli", "managedIdentity or developer"],
    ["REMEDIATOR_CLOUD", "azurecloud", "AzureCloud or AzureUSGovernment or AzureChinaCloud"],
    ["REMEDIATOR_ARM_ENDPOINT", "http://management.azure.com", "an https url without path"],
    ["REMEDIATOR_ARM_ENDPOINT", "management.azure.com", "an https url without path"],
    ["REMEDIATOR_ARM_AUDIENCE", "https://management.azure.com/subscriptions", "an https url without path"],
    ["REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT", "a.eventgrid.azure.net", "an https url that ends with /api/events"],
    ["AZURE_CLIENT_ID", "my-identity", "the client id (a GUID) of a user-assigned identity"],
    ["AzureWebJobsStorage__queueServiceUri", "https://a.queue.core.windows.net/requests", "an https url without path"],
    ["AzureWebJobsStorage__tableServiceUri", "a.table.core.windows.net", "an https url without path"],
  ])("%s=%s is the only problem, told with what was found and what is allowed", (name, value, allowed) => {
    const problems = problemsOf({ ...least, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${name}: found ${JSON.stringify(value)}. Allowed: `);
    expect(problems[0]).toContain(allowed);
  });

  test.each([
    undefined,
    "https://management.azure.com",
    "https://MANAGEMENT.azure.com:443/",
    "https://management.usgovcloudapi.net",
    "https://management.chinacloudapi.cn",
  ])("is a wait scale below 1 against Azure itself (REMEDIATOR_ARM_ENDPOINT=%s)", (REMEDIATOR_ARM_ENDPOINT) => {
    expect(problemsOf({ ...least, REMEDIATOR_WAIT_SCALE: "0.999", REMEDIATOR_ARM_ENDPOINT })).toEqual([
      "REMEDIATOR_WAIT_SCALE: found 0.999. Allowed: 1 or more against Azure itself, which shorter waits would flood; less only with another REMEDIATOR_ARM_ENDPOINT, for tests.",
    ]);
    expect(problemsOf({ ...least, REMEDIATOR_WAIT_SCALE: "1", REMEDIATOR_ARM_ENDPOINT })).toEqual([]);
  });

  test("is shown in part only when it is long, in one line", () => {
    const [problem = ""] = problemsOf({ ...least, REMEDIATOR_MODE: `a\n${"x".repeat(10_000)}` });
    expect(problem).toContain('REMEDIATOR_MODE: found "a\\nxxx');
    expect(problem).not.toContain("\n");
    expect(problem.length).toBeLessThan(300);
  });
});

describe("a setting that is missing", () => {
  test.each([
    [
      "REMEDIATOR_SUBSCRIPTIONS",
      "REMEDIATOR_SUBSCRIPTIONS and REMEDIATOR_MANAGEMENT_GROUPS: neither is set. Allowed: at least one of them",
    ],
    [
      "REMEDIATOR_DEFAULT_REGISTRY",
      "REMEDIATOR_DEFAULT_REGISTRY and REMEDIATOR_REGISTRY_RULES: neither names a registry.",
    ],
    ["AzureWebJobsStorage", "AzureWebJobsStorage: not set. Allowed: a connection string, or both"],
  ])("%s is told", (name, told) => {
    const problems = problemsOf({ ...least, [name]: undefined });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(told);
  });

  test("is told as well where there are rules, and none of them", () => {
    const problems = problemsOf({ ...least, REMEDIATOR_DEFAULT_REGISTRY: undefined, REMEDIATOR_REGISTRY_RULES: "[]" });
    expect(problems).toEqual([expect.stringContaining("neither names a registry") as unknown]);
  });

  test("is one of the two addresses of storage", () => {
    const half = {
      ...least,
      AzureWebJobsStorage: "",
      AzureWebJobsStorage__queueServiceUri: "https://a.queue.core.windows.net",
    };
    expect(problemsOf(half)).toEqual([expect.stringContaining("AzureWebJobsStorage__tableServiceUri") as unknown]);
  });
});

test("everything that is wrong is told at once, each in a line of its own", () => {
  const wrong = Object.fromEntries(settingNames.map((name) => [name, "?"]));
  const problems = problemsOf(wrong);
  expect(problems.map((problem) => problem.split(":")[0]).sort()).toEqual([...settingNames].sort());
  expect(() => loadConfig(wrong)).toThrow(`${settingNames.length} problem(s) in the app settings:\n- `);
  expect(() => loadConfig({})).toThrow(/^3 problem\(s\)/);
});

describe("no secret is ever shown", () => {
  test.each([
    ["AzureWebJobsStorage", "AccountKey=c2VjcmV0"],
    ["AzureWebJobsStorage", "@Microsoft.KeyVault(SecretUri=https://c2VjcmV0)"],
    ["AzureWebJobsStorage__queueServiceUri", "https://a.queue.core.windows.net/?sv=2025&sig=c2VjcmV0"],
    ["AzureWebJobsStorage__tableServiceUri", connectionString],
    ["REMEDIATOR_ARM_ENDPOINT", "https://me:c2VjcmV0@management.azure.com"],
    ["REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT", "https://a.eventgrid.azure.net/api/events?aeg-sas-key=c2VjcmV0"],
    ["REMEDIATOR_EVENT_GRID_TOPIC_ENDPOINT", "https://me:c2VjcmV0@a.eventgrid.azure.net/api/events"],
    ["REMEDIATOR_DEFAULT_REGISTRY", connectionString],
    ["REMEDIATOR_SUBSCRIPTIONS", connectionString],
    ["REMEDIATOR_REGISTRY_RULES", rulesOf([{ registryIds: [connectionString] }])],
    ["REMEDIATOR_MODE", connectionString],
    ["REMEDIATOR_SWEEP_SCHEDULE", "BlobEndpoint=x;SharedAccessSignature=c2VjcmV0"],
    ["AZURE_CLIENT_ID", "c2VjcmV0~Q8Q~abcdefghijklmnopqrstuvwxyz01"],
    [
      "AzureWebJobsStorage__queueServiceUri",
      "c2VjcmV0FzZtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    ],
  ])("in what is told of %s", (name, value) => {
    const problems = problemsOf({ ...least, [name]: value });
    expect(problems).toEqual([
      expect.stringMatching(new RegExp(`^${name}: found .*\\(not shown\\)\\. Allowed: `)) as unknown,
    ]);
    expect(problems.join()).not.toContain("c2VjcmV0");
  });
});

test("whatever is set, the answer is a policy or the list of problems", () => {
  const value = fc.oneof(fc.string(), fc.json(), fc.constantFrom("", "1", registryId, subscription, connectionString));
  const environment = fc.record(Object.fromEntries(settingNames.map((name) => [name, value])), { requiredKeys: [] });
  fc.assert(
    fc.property(environment, (settings) => {
      for (const problem of problemsOf({ ...least, ...settings }))
        expect(problem).toMatch(/^\w+( and \w+)?: .+ Allowed: .+/s);
    }),
  );
});
