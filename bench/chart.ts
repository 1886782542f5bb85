/**
 * The chart for people: pairs of horizontal bars, each pair on a scale of its own.
 *
 * Written by hand: what draws SVG without a browser and is kept (echarts, vega, Observable Plot) brings tens of megabytes or
 * a DOM, for what is two rectangles and three texts a row; what is small (node-chartist, isomorphic-svg-charts) is not kept.
 */
import type { Bars } from "./measurement.ts";

const width = 760;
const labels = 290;
const longest = 330;
const bar = 12;
const pair = 46;
const header = 34;
const colours = { app: "#0f6cbd", baseline: "#b3b0ad" };

export function chart(all: readonly Bars[], title: string): string {
  const height = header + all.length * pair + 6;
  const rows = all.map(({ what, unit, app, baseline }, index) => {
    const top = header + index * pair;
    const scale = longest / Math.max(app, baseline, Number.MIN_VALUE);
    const one = (value: number, y: number, fill: string): string =>
      `<rect x="${labels}" y="${y}" width="${Math.max(1, value * scale).toFixed(1)}" height="${bar}" fill="${fill}"/>` +
      text(labels + Math.max(1, value * scale) + 6, y + bar - 2, `${value} ${unit}`.trim());
    const label = text(labels - 10, top + 18, what, 'text-anchor="end"');
    return label + one(app, top, colours.app) + one(baseline, top + bar + 3, colours.baseline);
  });
  const key =
    `<rect x="${labels}" y="8" width="${bar}" height="${bar}" fill="${colours.app}"/>${text(labels + 18, 18, "this app")}` +
    `<rect x="${labels + 90}" y="8" width="${bar}" height="${bar}" fill="${colours.baseline}"/>${text(labels + 108, 18, "what it is compared with")}`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" font-family="system-ui, sans-serif" font-size="12"><title>${escape(title)}</title>` +
    `<rect width="${width}" height="${height}" fill="#fff"/>${key}${rows.join("")}</svg>\n`
  );
}

function text(x: number, y: number, content: string, more = ""): string {
  return `<text x="${x.toFixed(1)}" y="${y}" fill="#242424" ${more}>${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
