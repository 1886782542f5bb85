import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import type { Azure } from "../../local/azure/index.ts";
import { azureReads } from "../../src/azure/azure.ts";
import { createCredential } from "../../src/azure/credential.ts";
import { ownObjectId } from "../../src/azure/own-identity.ts";
import { systemClock } from "../../src/system-clock.ts";
import { armOf, azureAt, failureOf, unaborted, VirtualClock, workspace, imagesOf } from "./setting.ts";

describe("the app's managed identity", () => {
  // One for all: the library learns once in the life of a process where tokens are to be had.
  const clock = new VirtualClock();
  let azure: Azure;
  const readingAs = (clientId?: string) =>
    azureReads(
      armOf(azure, clock, createCredential("managedIdentity", clientId)),
      clock,
      imagesOf(azure, clock),
    ).workspace(workspace, unaborted);

  beforeAll(async () => {
    azure = await azureAt(clock);
    vi.stubEnv("IDENTITY_ENDPOINT", azure.identityEndpoint);
    vi.stubEnv("IDENTITY_HEADER", azure.identityHeader);
  });

  afterAll(() => {
    vi.unstubAllEnvs();
  });

  test("reads Azure with a token from the identity endpoint", async () => {
    expect(await readingAs()).toMatchObject({ provisioningState: "Succeeded" });
    expect(azure.requests).toMatchObject([{ isSelf: true, status: 200 }]);
  });

  test("may be a user-assigned one, named by its client id", async () => {
    const { clientId, principalId } = azure.world.self;
    const known = ownObjectId(createCredential("managedIdentity", clientId), azure.armEndpoint, systemClock);
    expect(await known()).toBe(principalId);
  });

  test("that does not exist is a failure that tells so, and no secret", async () => {
    const asked = azure.requests.length;
    const failure = await failureOf(readingAs("0c000000-0000-4000-8000-00000000000c"));
    expect(failure.message).toMatch(/^Could not read the workspace alpha\. /);
    expect(failure.message).toContain("0c000000-0000-4000-8000-00000000000c");
    expect(failure.message).not.toContain(azure.identityHeader);
    expect(azure.requests).toHaveLength(asked);
  });

  test("without an endpoint that answers is a failure that passes", async () => {
    await azure.close();
    const failure = await failureOf(readingAs("0d000000-0000-4000-8000-00000000000d"));
    expect(failure.kind).toBe("transient");
    expect(failure.message).toContain("Could not read the workspace alpha");
    expect(failure.message).not.toContain(azure.identityHeader);
  });
});

describe("our own object id", () => {
  const tokenWith = (claims: unknown): string =>
    ["{}", JSON.stringify(claims)].map((part) => Buffer.from(part).toString("base64url")).join(".") + ".unsigned";
  const answering = (...tokens: (string | null)[]) => {
    const getToken = vi.fn(() => {
      const token = tokens.length > 1 ? tokens.shift() : tokens[0];
      return Promise.resolve(token == null ? null : { token, expiresOnTimestamp: Date.now() });
    });
    // A minute passes from one question to the next.
    let now = 0;
    const clock = { now: () => (now += 61_000), sleep: async () => new Promise<void>(() => undefined) };
    return { getToken, known: ownObjectId({ getToken }, "https://management.example", clock) };
  };

  test("is the token's claim oid, asked for once, for the audience of Resource Manager", async () => {
    const { getToken, known } = answering(tokenWith({ oid: "o-1" }));
    expect([await known(), await known()]).toEqual(["o-1", "o-1"]);
    expect(getToken).toHaveBeenCalledExactlyOnceWith("https://management.example/.default", expect.anything());
  });

  test.each([
    ["is opaque", "opaque"],
    ["has no such claim", tokenWith({})],
    ["has a claim that is no text", tokenWith({ oid: 7 })],
    ["is not given", null],
  ])("is unknown while the token %s, and asked for again", async (_what, token) => {
    const { known } = answering(token, tokenWith({ oid: "o-2" }));
    expect([await known(), await known()]).toEqual([undefined, "o-2"]);
  });

  test("is given up for a minute when the token does not come, so that no event waits for it twice", async () => {
    const getToken = vi.fn(async () => new Promise<null>(() => undefined));
    const known = ownObjectId({ getToken }, "https://management.example", {
      now: () => 1,
      sleep: () => Promise.resolve(),
    });
    expect([await known(), await known()]).toEqual([undefined, undefined]);
    expect(getToken).toHaveBeenCalledOnce();
  });

  test("is unknown while no token can be had", async () => {
    const known = ownObjectId(
      { getToken: () => Promise.reject(new Error("down")) },
      "https://management.example",
      systemClock,
    );
    expect(await known()).toBeUndefined();
  });
});

test("a person's credential is made without asking for anything", () => {
  expect(createCredential("developer")).toHaveProperty("getToken");
});
