/**
 * host.json, as far as it is modelled. App settings named `AzureFunctionsJobHost__path__to__value` overlay it, as in
 * the real host. Where the real host ignores what it does not know, this one refuses: a misspelt setting that silently
 * keeps its default is the kind of mistake that is only noticed in production.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import type { MessageEncoding } from "./queue-encoding.ts";
import { parseTimeSpan } from "./time-span.ts";

export interface QueueOptions {
  readonly batchSize: number;
  readonly newBatchThreshold: number;
  readonly maxDequeueCount: number;
  /** How long a message stays invisible after a failure. */
  readonly visibilityTimeoutMilliseconds: number;
  readonly maxPollingIntervalMilliseconds: number;
  readonly messageEncoding: MessageEncoding;
}

export interface HostConfig {
  /** Without slashes; may be empty. */
  readonly routePrefix: string;
  readonly queues: QueueOptions;
  /** Undefined: none. */
  readonly functionTimeoutMilliseconds: number | undefined;
}

type Section = Record<string, unknown>;

const overlayPrefix = "AzureFunctionsJobHost__";
/** Accepted at the top and not looked at: they concern the real host only. */
const ignoredSections = ["aggregator", "extensionBundle", "healthMonitor", "logging", "singleton", "telemetryMode"];
const minute = 60_000;
/** Flex Consumption's default. */
const defaultFunctionTimeoutMilliseconds = 30 * minute;
const maxInteger = Number.MAX_SAFE_INTEGER;

/** Reads and checks host.json; throws one error that lists everything wrong with it. */
export function readHostConfig(appRoot: string, env: Readonly<Record<string, string | undefined>>): HostConfig {
  const file = path.join(appRoot, "host.json");
  const root = parse(file);
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith(overlayPrefix) && value !== undefined) {
      overlay(root, name.slice(overlayPrefix.length).split("__"), value);
    }
  }

  const problems: string[] = [];
  const check = new Checker(problems);
  if (root.version !== "2.0") problems.push(`version: is ${JSON.stringify(root.version)}, must be "2.0"`);
  check.names("", root, ["version", "functionTimeout", "extensions", ...ignoredSections]);
  const extensions = check.section("extensions", root.extensions, ["http", "queues"]);
  const http = check.section("extensions.http", extensions.http, ["routePrefix"]);
  const at = "extensions.queues";
  const queues = check.section(at, extensions.queues, [
    "batchSize",
    "newBatchThreshold",
    "maxDequeueCount",
    "visibilityTimeout",
    "maxPollingInterval",
    "messageEncoding",
  ]);
  const batchSize = check.integer(`${at}.batchSize`, queues.batchSize, 1, 32, 16);
  const config: HostConfig = {
    routePrefix: check.string("extensions.http.routePrefix", http.routePrefix, "api").replaceAll(/^\/+|\/+$/g, ""),
    queues: {
      batchSize,
      newBatchThreshold: check.integer(
        `${at}.newBatchThreshold`,
        queues.newBatchThreshold,
        0,
        maxInteger,
        Math.floor(batchSize / 2) * availableParallelism(),
      ),
      maxDequeueCount: check.integer(`${at}.maxDequeueCount`, queues.maxDequeueCount, 1, maxInteger, 5),
      visibilityTimeoutMilliseconds: check.timeSpan(`${at}.visibilityTimeout`, queues.visibilityTimeout, 0, 0),
      maxPollingIntervalMilliseconds: check.timeSpan(
        `${at}.maxPollingInterval`,
        queues.maxPollingInterval,
        100,
        minute,
      ),
      messageEncoding: check.oneOf(`${at}.messageEncoding`, queues.messageEncoding, ["base64", "none"]),
    },
    functionTimeoutMilliseconds:
      root.functionTimeout === "-1"
        ? undefined
        : check.timeSpan("functionTimeout", root.functionTimeout, 1000, defaultFunctionTimeoutMilliseconds),
  };
  if (problems.length > 0) throw new Error(`${file} cannot be used:\n- ${problems.join("\n- ")}`);
  return config;
}

function parse(file: string): Section {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  if (!isSection(parsed)) throw new Error(`${file} must hold a JSON object.`);
  return parsed;
}

/** Configuration keys are case-insensitive in the real host; an overlay finds the spelling that the file uses. */
function overlay(section: Section, keys: readonly string[], value: string): void {
  const [head = "", ...rest] = keys;
  const key = Object.keys(section).find((name) => name.toLowerCase() === head.toLowerCase()) ?? head;
  if (rest.length === 0) {
    section[key] = value;
    return;
  }
  const child = section[key];
  const next: Section = isSection(child) ? child : {};
  section[key] = next;
  overlay(next, rest, value);
}

function isSection(value: unknown): value is Section {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Each method returns a usable value and notes what was wrong; undefined always means the default. */
class Checker {
  readonly #problems: string[];

  constructor(problems: string[]) {
    this.#problems = problems;
  }

  names(at: string, section: Section, known: readonly string[]): void {
    for (const name of Object.keys(section)) {
      if (!known.includes(name)) {
        this.#problems.push(
          `${at === "" ? name : `${at}.${name}`}: unknown or not modelled; known are ${known.join(", ")}`,
        );
      }
    }
  }

  section(at: string, value: unknown, known: readonly string[]): Section {
    if (value === undefined) return {};
    if (!isSection(value)) return this.#wrong(at, value, "an object", {});
    this.names(at, value, known);
    return value;
  }

  integer(at: string, value: unknown, min: number, max: number, fallback: number): number {
    if (value === undefined) return fallback;
    const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isInteger(number) && number >= min && number <= max) return number;
    return this.#wrong(
      at,
      value,
      max === maxInteger ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`,
      fallback,
    );
  }

  timeSpan(at: string, value: unknown, minMilliseconds: number, fallback: number): number {
    if (value === undefined) return fallback;
    const span = typeof value === "string" ? parseTimeSpan(value) : undefined;
    if (span !== undefined && span >= minMilliseconds) return span;
    return this.#wrong(at, value, `a time span "hh:mm:ss" of at least ${minMilliseconds} ms`, fallback);
  }

  string(at: string, value: unknown, fallback: string): string {
    if (value === undefined) return fallback;
    return typeof value === "string" ? value : this.#wrong(at, value, "a string", fallback);
  }

  /** The first of the choices is the default. */
  oneOf<T extends string>(at: string, value: unknown, choices: readonly [T, ...T[]]): T {
    if (value === undefined) return choices[0];
    const chosen = choices.find((choice) => typeof value === "string" && choice === value.toLowerCase());
    return chosen ?? this.#wrong(at, value, `one of ${choices.join(", ")}`, choices[0]);
  }

  #wrong<T>(at: string, value: unknown, allowed: string, fallback: T): T {
    this.#problems.push(`${at}: is ${JSON.stringify(value)}, must be ${allowed}`);
    return fallback;
  }
}
