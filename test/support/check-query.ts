import { createRequire } from "node:module";

/** The part of Microsoft's Kusto language service that is used; its own declarations are 1.7 MB. */
interface List<Item> {
  readonly Count: number;
  getItem(index: number): Item;
}
interface ScalarSymbol {
  readonly Name: string;
}
interface KustoCode {
  GetDiagnostics(): List<{ readonly Start: number; readonly Message: string }>;
  readonly ResultType: { readonly Columns?: List<{ readonly Name: string; readonly Type: ScalarSymbol }> } | null;
}
interface Language {
  readonly Symbols: {
    readonly ScalarTypes: Readonly<Record<"String" | "Dynamic", ScalarSymbol>>;
    readonly ColumnSymbol: new (name: string, type: ScalarSymbol, ...rest: null[]) => object;
    readonly TableSymbol: { readonly $ctor4: new (name: string, columns: object[]) => object };
    readonly DatabaseSymbol: { readonly ctor: new (name: string, members: object[]) => object };
  };
  readonly GlobalState: { readonly Default: { WithDatabase(database: object): object } };
  readonly KustoCode: { ParseAndAnalyze(query: string, globals: object): KustoCode };
}

const TEXTS = ["id", "name", "type", "tenantId", "kind", "location", "resourceGroup", "subscriptionId", "managedBy"];
const JSONS = ["sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation"];
const TABLES = ["resources", "authorizationresources", "resourcecontainers"];

let loaded: { language: Language; globals: object } | undefined;

export interface CheckedQuery {
  /** What is wrong, with the place in the query, e.g. `17: The name 'idd' does not refer to …`; empty for a good query. */
  readonly problems: readonly string[];
  /** The columns of the result, e.g. `["id", "string"]`. */
  readonly columns: readonly (readonly [name: string, type: string])[];
}

/**
 * Checks a query of Resource Graph, offline and with Microsoft's own parser: syntax, the names of tables, columns and
 * functions, and the types that operators want. Beyond it Resource Graph allows only a part of KQL, and what is inside
 * of JSON columns nobody knows. Table names are checked as they are written here, in lower case.
 *
 * Source of tables and columns: https://learn.microsoft.com/azure/governance/resource-graph/samples/starter and
 * reference/supported-tables-resources.
 */
export function analyzeQuery(query: string): CheckedQuery {
  const { language, globals } = (loaded ??= load());
  const code = language.KustoCode.ParseAndAnalyze(query, globals);
  const problems = itemsOf(code.GetDiagnostics()).map(({ Start, Message }) => `${Start}: ${Message}`);
  const columns = code.ResultType?.Columns ? itemsOf(code.ResultType.Columns) : [];
  return { problems, columns: columns.map(({ Name, Type }) => [Name, Type.Name] as const) };
}

/** What is wrong with a query of Resource Graph; empty when it is good. See `analyzeQuery`. */
export function checkQuery(query: string): readonly string[] {
  return analyzeQuery(query).problems;
}

/** The package is a script for browsers: it puts itself into the global scope and wants its runtime there first. */
function load(): { language: Language; globals: object } {
  const require = createRequire(import.meta.url);
  require("@kusto/language-service-next/bridge.min.js");
  require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
  const language = (globalThis as unknown as { Kusto: { Language: Language } }).Kusto.Language;
  const { ScalarTypes, ColumnSymbol, TableSymbol, DatabaseSymbol } = language.Symbols;
  const columns = [
    ...TEXTS.map((name) => new ColumnSymbol(name, ScalarTypes.String, null, null, null, null)),
    ...JSONS.map((name) => new ColumnSymbol(name, ScalarTypes.Dynamic, null, null, null, null)),
  ];
  const tables = TABLES.map((name) => new TableSymbol.$ctor4(name, columns));
  const database = new DatabaseSymbol.ctor("graph", tables);
  return { language, globals: language.GlobalState.Default.WithDatabase(database) };
}

function itemsOf<Item>(list: List<Item>): Item[] {
  return Array.from({ length: list.Count }, (_, index) => list.getItem(index));
}
