import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bytesOf, loadedBy, lookParts, modulesIn, packageOf, partsOf, readOutputs } from "../bench/bundle.ts";

/** One row for each part of the bundle: at most how many bytes it brings, with what it shares, and which libraries. */
const parts = [
  {
    part: "src/main.ts", // by the worker, at start
    atMost: 125_000,
    libraries: ["@azure/functions", "croner"],
  },
  {
    part: "src/app.ts", // by the first call, whatever it is
    atMost: 620_000,
    libraries: ["@azure/data-tables", "@azure/storage-queue", "croner", "lru-cache", "uuid", "zod"],
  },
  {
    part: "src/functions/events.ts", // by the first event
    atMost: 165_000,
    libraries: ["zod"],
  },
  {
    part: "src/functions/queue-functions.ts", // by the first message
    atMost: 255_000,
    libraries: ["zod"],
  },
  {
    part: "src/functions/sweep.ts", // by the timer, or the first message that asks for a sweep
    atMost: 100_000,
    libraries: [],
  },
  {
    part: "src/functions/http-functions.ts", // by the first request; the libraries are also those of app.ts
    atMost: 490_000,
    libraries: ["@azure/data-tables", "croner", "zod"],
  },
  {
    part: "src/functions/openapi.ts", // by whoever asks for the document
    atMost: 135_000,
    libraries: ["zod", "zod-openapi"],
  },
  {
    part: "src/functions/dashboard.ts", // by whoever opens the fleet page, which is all that it holds
    atMost: 65_000,
    libraries: [],
  },
  {
    part: "src/azure/identity.ts", // by the first token
    atMost: 455_000,
    libraries: ["@azure/identity"],
  },
  {
    part: "src/azure/arm-ports.ts", // by the first question to ARM
    atMost: 755_000,
    libraries: [
      "@azure/arm-authorization",
      "@azure/arm-containerregistry",
      "@azure/arm-machinelearning",
      "lru-cache",
      "uuid",
      "zod",
    ],
  },
  {
    part: "src/azure/fleet-reads.ts", // by the first sweep, after the ports that ask ARM
    atMost: 755_000,
    libraries: [
      "@azure/arm-authorization",
      "@azure/arm-containerregistry",
      "@azure/arm-machinelearning",
      "@azure/arm-resourcegraph",
      "lru-cache",
      "zod",
    ],
  },
  {
    part: "src/azure/registry-client.ts", // by the first question for an image
    atMost: 185_000,
    libraries: ["@azure/container-registry"],
  },
  {
    part: "src/notices/open.ts", // by the first news, where they are published
    atMost: 285_000,
    libraries: ["@azure/eventgrid"],
  },
  {
    part: "src/telemetry/start.ts", // by the first call, where somebody is to be told; then those of them
    atMost: 135_000,
    libraries: [
      "@opentelemetry/api",
      "@opentelemetry/resources",
      "@opentelemetry/sdk-metrics",
      "@opentelemetry/sdk-trace-base",
      "lru-cache",
    ],
  },
  {
    part: "src/telemetry/otlp.ts",
    atMost: 135_000,
    libraries: [
      "@opentelemetry/api",
      "@opentelemetry/exporter-metrics-otlp-proto",
      "@opentelemetry/exporter-trace-otlp-proto",
      "@opentelemetry/resources",
      "@opentelemetry/sdk-metrics",
    ],
  },
  {
    part: "src/telemetry/azure-monitor.ts",
    atMost: 305_000,
    libraries: [
      "@azure/monitor-opentelemetry-exporter",
      "@opentelemetry/api",
      "@opentelemetry/resources",
      "@opentelemetry/sdk-metrics",
      "@opentelemetry/sdk-trace-base",
    ],
  },
] as const;

/** What nearly every library of Azure brings along says nothing about a part. */
const plumbing = ["@azure/core-auth", "@azure/core-client", "@azure/core-rest-pipeline"];

interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
}
const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as Package;
const libraries = new Set(Object.keys(dependencies).filter((name) => !plumbing.includes(name)));

const outputs = readOutputs();
const librariesIn = (files: Iterable<string>): readonly string[] =>
  [...new Set(modulesIn(outputs, files).flatMap((module) => packageOf(module) ?? []))]
    .filter((name) => libraries.has(name))
    .sort();

test("every part of the bundle is known here", () => {
  expect([...partsOf(outputs).keys()].sort()).toEqual(parts.map(({ part }) => part).sort());
});

describe.each(parts)("$part", ({ part, atMost, libraries }) => {
  test("loads the libraries that it needs, and no other", () => {
    expect(librariesIn(loadedBy(outputs, part))).toEqual(libraries);
  });

  test(`is no larger than ${atMost} bytes`, () => {
    expect(bytesOf(outputs, loadedBy(outputs, part))).toBeLessThanOrEqual(atMost);
  });
});

test("all that a look loads is no larger than 1.7 MB", () => {
  expect(bytesOf(outputs, loadedBy(outputs, ...lookParts))).toBeLessThanOrEqual(1_700_000);
});

test("no package is there twice: neither in two versions, nor as an ES and as a CommonJS module", () => {
  const places = new Map<string, Set<string>>();
  for (const module of modulesIn(outputs, Object.keys(outputs))) {
    const name = packageOf(module);
    const place = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)(\/dist\/(?:esm|commonjs)(?=\/))?/.exec(module)?.[0] ?? "";
    // What both kinds of module are to share is kept in one that is CommonJS.
    if (name !== undefined && !/\/commonjs\/state(?:-cjs)?\.js$/.test(module))
      places.set(name, (places.get(name) ?? new Set()).add(place));
  }
  const twice = [...places].flatMap(([name, { size }]) => (size > 1 ? [name] : [])).sort();
  expect(twice).toEqual([
    "@azure/core-lro", // @azure/arm-machinelearning is made for an older version
    // Some kilobytes each: npm puts them below each of those that ask for that very version.
    "@opentelemetry/core",
    "@opentelemetry/otlp-exporter-base",
    "@opentelemetry/otlp-transformer",
  ]);
});
