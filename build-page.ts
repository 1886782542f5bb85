/**
 * Makes the fleet page of `src/web/`: one HTML document that needs nothing else, and the Content-Security-Policy that lets this very
 * script and style run and nothing besides. The bundle of the app takes both by `import … from "fleet-page"`.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { build, type Plugin } from "esbuild";

/** What the module `fleet-page` exports. */
export interface FleetPage {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

const source = "src/web";

/** @throws Error for what an HTML document cannot hold inline */
async function buildFleetPage(): Promise<FleetPage> {
  const { outputFiles } = await build({
    entryPoints: [`${source}/main.tsx`, `${source}/styles/style.css`],
    outdir: "page", // names the outputs, which are not written
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    target: ["chrome120", "firefox120", "safari17.2"],
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
  });
  const textOf = (end: string): string => outputFiles.find(({ path }) => path.endsWith(end))?.text.trim() ?? "";
  const script = inline("script", textOf(".js"));
  const style = inline("style", textOf(".css"));
  const html = readFileSync(`${source}/page.html`, "utf8")
    .replaceAll(/\n\s*/g, "\n")
    // By functions: what is put in may hold what `replace` takes for patterns.
    .replace("<style></style>", () => `<style>${style}</style>`)
    .replace('<script type="module"></script>', () => `<script type="module">${script}</script>`);
  if (!html.includes(script) || !html.includes(style)) throw new Error(`${source}/page.html has no place for both.`);
  return { html, contentSecurityPolicy: policyFor(script, style) };
}

/** What would end the element early, or begin a comment in it, is not let in. */
function inline(element: "script" | "style", text: string): string {
  if (text === "") throw new Error(`The ${element} of the fleet page is empty.`);
  if (new RegExp(`</${element}|<!--`, "i").test(text)) throw new Error(`The ${element} of the fleet page ends itself.`);
  return text;
}

function policyFor(script: string, style: string): string {
  const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "img-src data:", // the icon in the tab
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'", // no text becomes markup, whoever should try
    "trusted-types 'none'",
  ].join("; ");
}

/** Gives the page to whoever imports `fleet-page`. */
export const fleetPage: Plugin = {
  name: "fleet-page",
  setup: (bundle) => {
    const namespace = "fleet-page";
    bundle.onResolve({ filter: /^fleet-page$/ }, ({ path }) => ({ path, namespace }));
    bundle.onLoad({ filter: /^/, namespace }, async () => {
      const page = await buildFleetPage();
      const exported = Object.entries(page).map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};`);
      return { contents: exported.join("\n"), loader: "js" };
    });
  },
};
