import { InvocationContext } from "@azure/functions";
import { expect, test } from "vitest";

import { ConfigError } from "../../src/config.ts";
import { answer } from "../../src/functions/http.ts";
import { ProblemError } from "../../src/functions/problem.ts";
import { StorageRefusedError, StorageUnavailableError, UnreadableRowError } from "../../src/storage/storage-error.ts";

const secret = "AccountKey=c2VjcmV0";
const notFound = { status: 404, code: "WorkspaceUnknown", title: "Nothing is known.", detail: "Take a look first." };

/** What is answered when this is thrown, and what is logged as an error. */
async function answerTo(error: unknown) {
  const logged: string[] = [];
  const context = new InvocationContext({
    functionName: "workspace",
    logHandler: (level, ...texts) => level === "error" && logged.push(texts.join(" ")),
  });
  const { status, headers, body } = await answer(context, () => {
    throw error as Error;
  });
  return { status, headers: headers as Record<string, string>, body: body as string, logged };
}

test.each<[what: string, error: unknown, status: number, code: string, says: string]>([
  ["a problem that is meant for the caller", new ProblemError(notFound), 404, notFound.code, notFound.detail],
  ["wrong settings", new ConfigError([secret]), 503, "InvalidSettings", "lists every wrong setting"],
  ["storage that is away", new StorageUnavailableError(secret), 503, "StorageUnavailable", "asking again does no harm"],
  [
    "storage that refuses",
    new StorageRefusedError(secret, "x"),
    503,
    "StorageRefused",
    "Storage Table Data Contributor",
  ],
  [
    "a row of another version",
    new UnreadableRowError("Run the newer one."),
    500,
    "StateUnreadable",
    "Run the newer one.",
  ],
  ["anything else", new TypeError(secret), 500, "InternalError", "The log of this function has the details."],
  ["what is no error at all", secret, 500, "InternalError", "The log of this function has the details."],
])("%s is answered as a problem that says what to do, and logged unless the caller is to mend it", async (...given) => {
  const [, error, status, code, says] = given;
  const answered = await answerTo(error);
  expect(answered.status).toBe(status);
  expect(answered.headers["content-type"]).toBe("application/problem+json");
  expect(JSON.parse(answered.body)).toMatchObject({ type: "about:blank", status, code });
  expect(answered.body).toContain(says);
  expect(answered.body).not.toContain(secret);
  expect(answered.logged).toHaveLength(status < 500 ? 0 : 1);
});

test("who finds storage away is told when to come again", async () => {
  expect((await answerTo(new StorageUnavailableError("away"))).headers["retry-after"]).toBe("30");
  expect((await answerTo(new TypeError("bug"))).headers).not.toHaveProperty("retry-after");
});
