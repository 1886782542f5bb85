/** What `npm run conformance` tells the processes that run the tests, by their environment. */
import type { PlaceName } from "./place.ts";

export interface Stage extends PlaceName {
  /** In the names of what was made, see `castIn`. */
  readonly suffix: string;
}

const variable = "CONFORMANCE_STAGE";

export function stageVariable(stage: Stage): Readonly<Record<string, string>> {
  return { [variable]: JSON.stringify(stage) };
}

/** @returns `undefined` where tests are to run against a stand-in of their own */
export function readStage(environment: Readonly<Record<string, string | undefined>>): Stage | undefined {
  const text = environment[variable];
  return text === undefined ? undefined : (JSON.parse(text) as Stage);
}
