import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { gauges } from "../../src/telemetry/instruments.ts";
import { analyzeQuery, APPLICATION_INSIGHTS } from "../support/check-query.ts";

const folder = "infra/alerts";
const metrics = Object.values(gauges).map(({ name }) => name as string);

test.each(readdirSync(folder))(
  "what an alert asks is a query that Kusto understands, about what the app tells: %s",
  (file) => {
    const text = readFileSync(`${folder}/${file}`, "utf8");
    expect(analyzeQuery(text, APPLICATION_INSIGHTS).problems).toEqual([]);
    const named = [...text.matchAll(/"(acr_remediator\.[\w.]+)"/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !metrics.includes(name))).toEqual([]);
  },
);
