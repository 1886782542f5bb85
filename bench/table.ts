import Table from "cli-table3";
import { delivery, latencies, operations, storage } from "./latencies.ts";
import type { BenchDocument, Row } from "./measurement.ts";

const plain = { style: { head: [], border: [] } };

/** What was assumed of Azure. */
export function latencyTable(): string {
  const table = new Table({
    head: ["Azure takes", "ms", "where from"],
    colWidths: [44, 8, 64],
    wordWrap: true,
    ...plain,
  });
  for (const { what, ms, source } of [...Object.values(latencies), delivery]) table.push([what, ms, source]);
  const { attachSeconds, syncSeconds, retryAfterSeconds, source } = operations;
  table.push(
    ["attaching, once accepted", attachSeconds * 1_000, source],
    ["key sync, once accepted", syncSeconds * 1_000, "as above"],
    ["Retry-After of both", retryAfterSeconds * 1_000, "as above"],
    ["storage", "", storage],
  );
  return table.toString();
}

export function machineLine({ machine, quick }: BenchDocument): string {
  const { cpu, cores, memoryGb, system, node, loadBefore, measuredAt } = machine;
  const size = quick ? "quick" : "full";
  return `${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}; load before: ${loadBefore}; ${size} run of ${measuredAt}`;
}

/** One section of results for each thing that was measured. */
export function resultTable(sections: readonly { readonly title: string; readonly rows: readonly Row[] }[]): string {
  const head = ["", "app", "baseline", "target", ""];
  const table = new Table({ head, colWidths: [46, 44, 44, 26, 8], wordWrap: true, ...plain });
  for (const { title, rows } of sections) {
    table.push([{ colSpan: 5, content: title.toUpperCase() }]);
    for (const { what, app, baseline = "", target = "", isMet } of rows)
      table.push([what, app, baseline, target, isMet === undefined ? "" : isMet ? "met" : "missed"]);
  }
  return table.toString();
}
