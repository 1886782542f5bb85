/** All tests that ask Microsoft's parser, in one file: it takes seconds to get ready in each process. */
import "./azure/fleet-queries.suite.ts";
import "./contract/resource-graph-kusto.suite.ts";
import "./contract/resource-graph-language.suite.ts";
import "./contract/resource-graph-refusals.suite.ts";
import "./infra/alert-queries.suite.ts";
import "./support/check-query.suite.ts";
