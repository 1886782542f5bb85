/**
 * `npm run package`: packs what is deployed into `dist/NAME-VERSION.zip`. Built before, by `npm run build`. The same files always make
 * the same bytes, wherever and whenever they are packed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { zipSync, type Zippable } from "fflate";
import { type Outputs, reachedFrom, readOutputs } from "./bench/bundle.ts";

const root = fileURLToPath(new URL(".", import.meta.url));

/** What package.json says of the app. */
interface Description {
  readonly name: string;
  readonly version: string;
}

const unix = 3;
const readableFile = 0o100644 << 16;

/** The files of the archive by their names in it, in the order of these names. @throws Error when there is no build */
function packedFiles(): ReadonlyMap<string, Uint8Array> {
  const bundle = loadedAtAll(readOutputs());
  const files = ["host.json", "LICENSE", ...bundle].map((file): [string, Uint8Array] => [file, read(file)]);
  files.push(["package.json", new TextEncoder().encode(`${JSON.stringify(deployedDescription(), undefined, 2)}\n`)]);
  return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The archive as bytes. @throws Error when there is no build */
export function pack(files = packedFiles()): Uint8Array {
  const mtime = new Date(1980, 0, 1); // the beginning of time for a zip, which stores local time
  const attributes = { mtime, os: unix, attrs: readableFile };
  const zippable: Zippable = Object.fromEntries([...files].map(([file, content]) => [file, [content, attributes]]));
  return zipSync(zippable, { level: 9 });
}

/** Where `npm run package` puts the archive, below the root of the project. */
function archiveName(): string {
  const { name, version } = description();
  return `dist/${name}-${version}.zip`;
}

/**
 * What the worker loads at start, and all that leads to, with their licences. A bundle holds some files besides that nothing imports
 * any more: what was left out of it was all that asked for them.
 */
function loadedAtAll(outputs: Outputs): readonly string[] {
  const loaded = reachedFrom(outputs, [String(description()["main"])]);
  return [...loaded].flatMap((file) => [file, `${file}.LEGAL.txt`]).filter((file) => file in outputs);
}

/** What the worker reads of package.json, and what tells one release from another: nothing is to be installed, so nothing is asked for. */
function deployedDescription(): object {
  const { name, version, description: what, license, type, main, engines } = description();
  return { name, version, description: what, license, private: true, type, main, engines };
}

function description(): Description & Readonly<Record<string, unknown>> {
  return JSON.parse(new TextDecoder().decode(read("package.json"))) as Description & Readonly<Record<string, unknown>>;
}

function read(file: string): Uint8Array {
  return readFileSync(`${root}${file}`);
}

if (import.meta.main) {
  const files = packedFiles();
  const archive = pack(files);
  writeFileSync(`${root}${archiveName()}`, archive);
  console.log(`${archiveName()}: ${files.size} files, ${(archive.length / 1e6).toFixed(2)} MB`);
}
