/** `npm run conformance`: holds the contract of the stand-in against real Azure, in a resource group that is there for nothing else. */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { openTerminal, type Terminal } from "../../src/cli/terminal.ts";
import { ConfigError } from "../../src/config.ts";
import { castIn, make, type Part, partsOf, remove } from "./cast.ts";
import { RefusedError, tenantOf, throwAwayGroup, throwAwayTag } from "./group.ts";
import { openPlace, type Place } from "./place.ts";
import { reportOf } from "./report.ts";
import { runSuite } from "./suite.ts";

const usage = `npm run conformance -- --subscription ID --resource-group NAME [--location L] [--only PATTERN] [--yes] [--keep]

  --subscription    the subscription's id
  --resource-group  an empty group with the tag ${throwAwayTag.name}=${throwAwayTag.value}
  --location        where to make things; by default where the group is
  --only            a regular expression for the names of the tests to run
  --yes             make things without asking
  --keep            leave what was made, to look at it

As whoever is signed in (az login), who has to be Owner of the group and Reader of the subscription. Settings of the app choose
another cloud, endpoint or credential: REMEDIATOR_CLOUD, REMEDIATOR_ARM_ENDPOINT, REMEDIATOR_CREDENTIAL.
Ends with 0 when Azure does what the contract says, with 1 when it does not or something was left behind, with 2 when nothing was done.`;

interface Options {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string | undefined;
  readonly only: string | undefined;
  readonly yes: boolean;
  readonly keep: boolean;
}

function readOptions(): Options {
  const string = { type: "string" } as const;
  const boolean = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    options: {
      subscription: string,
      "resource-group": string,
      location: string,
      only: string,
      yes: boolean,
      keep: boolean,
      help: boolean,
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const { subscription, "resource-group": group, location, only, yes, keep } = values;
  if (subscription === undefined || group === undefined)
    throw new RefusedError("--subscription and --resource-group say where.");
  if (only !== undefined) checkPattern(only);
  return { subscriptionId: subscription, resourceGroup: group, location, only, yes, keep };
}

function checkPattern(text: string): void {
  try {
    new RegExp(text);
  } catch {
    throw new RefusedError(`--only takes a regular expression; found ${text}.`);
  }
}

/** @returns the exit code */
async function conformance(options: Options, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const named = { ...options, location: options.location ?? "" };
  const group = await throwAwayGroup(openPlace(named, process.env));
  const place = openPlace({ ...named, location: options.location ?? group }, process.env);
  const suffix = randomUUID().slice(0, 8);
  const parts = partsOf(castIn(place, suffix), place, await tenantOf(place));
  await agree(options, place, parts, terminal);
  const made: Part[] = [];
  let code = 1;
  try {
    for (const part of parts) {
      signal.throwIfAborted();
      terminal.note(`makes ${part.id}`);
      made.push(part); // also where it fails on the way
      await make(place, part);
    }
    const { subscriptionId, resourceGroup, location } = place;
    const stage = { subscriptionId, resourceGroup, location, suffix };
    const onResult = (name: string, passed: boolean): void => {
      terminal.note(`${passed ? "as the contract says" : "DIVERGES"}: ${name}`);
    };
    const result = await runSuite(stage, options.only, onResult, signal);
    terminal.print(reportOf(result));
    if (result.conforms.length > 0 && result.diverges.length + result.didNotRun.length === 0) code = 0;
  } finally {
    if (options.keep) terminal.note(`Left in ${place.resourceGroup}: what was made.`);
    else if (!(await cleanUp(place, made, terminal))) code = 1;
  }
  return code;
}

/** Says what will be made, and asks. @throws RefusedError unless somebody agrees */
async function agree({ yes }: Options, place: Place, parts: readonly Part[], terminal: Terminal): Promise<void> {
  terminal.note(`At ${place.armEndpoint}, in ${place.location}, these are made, and deleted in the end:`);
  for (const { id } of parts) terminal.note(`  ${id}`);
  terminal.note(
    "and for a while a compute cluster without nodes, an online endpoint without a deployment, and role assignments on the registry.\n" +
      "That should cost a few cents. The key vault stays recoverable, under its random name, for 7 days; nothing outside of the group is touched.",
  );
  if (yes) return;
  if (!terminal.canAsk) throw new RefusedError("Nobody can be asked here: say --yes.");
  if (!(await terminal.confirm("Make them?"))) throw new RefusedError("Nothing was made.");
}

/** Deletes what was made, the last first, whatever fails. @returns whether all of it is gone */
async function cleanUp(place: Place, made: readonly Part[], terminal: Terminal): Promise<boolean> {
  let isClean = true;
  for (const part of [...made].reverse()) {
    terminal.note(`deletes ${part.id}`);
    try {
      await remove(place, part);
    } catch (error) {
      isClean = false;
      terminal.note(`LEFT BEHIND: ${part.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return isClean;
}

const stop = new AbortController();
process.on("SIGINT", () => {
  if (stop.signal.aborted) process.exit(130); // what was made is left
  console.error("Stops, and deletes what was made.");
  stop.abort();
});

try {
  process.exitCode = await conformance(readOptions(), openTerminal(false, process.env, process), stop.signal);
} catch (error) {
  const isTold = error instanceof RefusedError || error instanceof ConfigError || isWrongLine(error);
  if (!stop.signal.aborted) console.error(isTold ? `${error.message}\n\n${usage}` : error);
  process.exitCode = isTold ? 2 : 1;
}

function isWrongLine(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}
