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
    readonly ScalarTypes: Readonly<Record<ScalarType, ScalarSymbol>>;
    readonly ColumnSymbol: new (name: string, type: ScalarSymbol, ...rest: null[]) => object;
    readonly TableSymbol: { readonly $ctor4: new (name: string, columns: object[]) => object };
    readonly DatabaseSymbol: { readonly ctor: new (name: string, members: object[]) => object };
  };
  readonly GlobalState: { readonly Default: { WithDatabase(database: object): object } };
  readonly KustoCode: { ParseAndAnalyze(query: string, globals: object): KustoCode };
}

type ScalarType = "String" | "Dynamic" | "DateTime" | "Real";
/** Names of columns by their types, for each table. */
type Schema = Readonly<Record<string, Readonly<Partial<Record<ScalarType, readonly string[]>>>>>;

const TEXTS = ["id", "name", "type", "tenantId", "kind", "location", "resourceGroup", "subscriptionId", "managedBy"];
const JSONS = ["sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation"];
const TABLES = ["resources", "authorizationresources", "resourcecontainers"];
const RESOURCE_GRAPH: Schema = Object.fromEntries(TABLES.map((table) => [table, { String: TEXTS, Dynamic: JSONS }]));

/**
 * What alerts ask of Application Insights.
 *
 * Source: https://learn.microsoft.com/azure/azure-monitor/app/convert-classic-resource, "Table structure", the classic columns.
 */
export const APPLICATION_INSIGHTS: Schema = {
  customMetrics: { DateTime: ["timestamp"], String: ["name"], Real: ["value"], Dynamic: ["customDimensions"] },
  dependencies: { DateTime: ["timestamp"], String: ["name", "success"], Dynamic: ["customDimensions"] },
  requests: { DateTime: ["timestamp"], String: ["name", "success"], Dynamic: ["customDimensions"] },
};

let loaded: Language | undefined;

export interface CheckedQuery {
  /** What is wrong, with the place in the query, e.g. `17: The name 'idd' does not refer to …`; empty for a good query. */
  readonly problems: readonly string[];
  /** The columns of the result, e.g. `["id", "string"]`. */
  readonly columns: readonly (readonly [name: string, type: string])[];
}

/**
 * Checks a query, of Resource Graph unless another schema is given, offline and with Microsoft's own parser: syntax, the names of tables, columns and
 * functions, and the types that operators want. Beyond it Resource Graph allows only a part of KQL, and what is inside
 * of JSON columns nobody knows. Table names are checked as they are written here, in lower case.
 *
 * Source of tables and columns: https://learn.microsoft.com/azure/governance/resource-graph/samples/starter and
 * reference/supported-tables-resources.
 */
export function analyzeQuery(query: string, schema = RESOURCE_GRAPH): CheckedQuery {
  const language = (loaded ??= load());
  const code = language.KustoCode.ParseAndAnalyze(query, globalsOf(language, schema));
  const problems = itemsOf(code.GetDiagnostics()).map(({ Start, Message }) => `${Start}: ${Message}`);
  const columns = code.ResultType?.Columns ? itemsOf(code.ResultType.Columns) : [];
  return { problems, columns: columns.map(({ Name, Type }) => [Name, Type.Name] as const) };
}

/** What is wrong with a query of Resource Graph; empty when it is good. See `analyzeQuery`. */
export function checkQuery(query: string): readonly string[] {
  return analyzeQuery(query).problems;
}

/** The package is a script for browsers: it puts itself into the global scope and wants its runtime there first. */
function load(): Language {
  const require = createRequire(import.meta.url);
  require("@kusto/language-service-next/bridge.min.js");
  require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
  return (globalThis as unknown as { Kusto: { Language: Language } }).Kusto.Language;
}

function globalsOf({ Symbols, GlobalState }: Language, schema: Schema): object {
  const { ScalarTypes, ColumnSymbol, TableSymbol, DatabaseSymbol } = Symbols;
  const tables = Object.entries(schema).map(([table, columns]) => {
    const symbols = (Object.keys(columns) as ScalarType[]).flatMap((type) =>
      (columns[type] ?? []).map((name) => new ColumnSymbol(name, ScalarTypes[type], null, null, null, null)),
    );
    return new TableSymbol.$ctor4(table, symbols);
  });
  return GlobalState.Default.WithDatabase(new DatabaseSymbol.ctor("graph", tables));
}

function itemsOf<Item>(list: List<Item>): Item[] {
  return Array.from({ length: list.Count }, (_, index) => list.getItem(index));
}
