/**
 * Every version reads what earlier ones stored. `written-by/` has a file for each version that changed what is stored: it is made by
 * `npx vitest run test/upgrade --update` for the version of package.json, and never changed once that version is released.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { useSetting } from "../storage/setting.ts";
import { older } from "./older.suite.ts";
import { readStored, replaceStored, type Stored } from "./stored.ts";
import { writeStory } from "./story.ts";
import { understood } from "./understood.ts";

const folder = `${import.meta.dirname}/written-by`;
const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

interface Written extends Stored {
  /** What that version made of it. */
  readonly understood: object;
}
const writtenBy = (file: string): Written => JSON.parse(readFileSync(`${folder}/${file}`, "utf8")) as Written;

const setting = useSetting();

it("what this version stores is what its file says, so that a change of it is seen", async () => {
  await writeStory(setting());
  const stored = await readStored(setting());
  const written: Written = { ...stored, understood: await understood(setting(), stored.messages) };
  await expect(`${JSON.stringify(written, undefined, 2)}\n`).toMatchFileSnapshot(`${folder}/${version}.json`);
});

describe.each(readdirSync(folder))("what is stored as in %s", (file) => {
  it("means to this version what it meant to the one that wrote it", async () => {
    const written = writtenBy(file);
    await replaceStored(setting(), written.tables);
    expect(await understood(setting(), written.messages)).toMatchObject(written.understood);
  });
});

describe("an older version beside a newer one", () => {
  older(setting);
});
