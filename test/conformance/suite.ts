/** Runs the contract's tests where the stage says, and tells what came of each. */
import { stripVTControlCharacters } from "node:util";
import { createVitest, type TestCase, type TestModule } from "vitest/node";
import { type Stage, stageVariable } from "./stage.ts";

export interface Divergence {
  /** What the contract says, as the test's name. */
  readonly expected: string;
  /** What Azure did instead. */
  readonly found: string;
}

export interface SuiteResult {
  /** Names of the tests that Azure passed. */
  readonly conforms: readonly string[];
  readonly diverges: readonly Divergence[];
  /** Tests that were to run and did not, and files that could not be loaded, and why. */
  readonly didNotRun: readonly Divergence[];
  /** Names of tests that need the stand-in's clock, its faults or a look into it, by file. */
  readonly onlyOnTheStandIn: ReadonlyMap<string, readonly string[]>;
}

/**
 * @param only a regular expression for the names of the tests that are to run; all of them when absent
 * @param onResult told of each test that has run
 * @param signal ends it before all have run
 */
export async function runSuite(
  stage: Stage,
  only: string | undefined,
  onResult: (name: string, passed: boolean) => void,
  signal: AbortSignal,
): Promise<SuiteResult> {
  Object.assign(process.env, stageVariable(stage)); // the processes of the tests inherit it
  const vitest = await createVitest({
    config: "vitest.conformance.config.ts",
    watch: false,
    tagsFilter: ["everywhere"],
    reporters: [
      {
        onTestCaseResult: (test: TestCase) => {
          const { state } = test.result();
          if (state === "passed" || state === "failed") onResult(nameOf(test), state === "passed");
        },
      },
    ],
    ...(only === undefined ? {} : { testNamePattern: only }),
  });
  signal.addEventListener("abort", () => void vitest.cancelCurrentRun("keyboard-input"));
  await vitest.start();
  const modules = vitest.state.getTestModules();
  await vitest.close();
  return sortedOut(modules, only === undefined ? undefined : new RegExp(only));
}

function sortedOut(modules: readonly TestModule[], only: RegExp | undefined): SuiteResult {
  const conforms: string[] = [];
  const diverges: Divergence[] = [];
  const didNotRun: Divergence[] = [];
  const onlyOnTheStandIn = new Map<string, string[]>();
  for (const module of modules) {
    const file = module.relativeModuleId;
    // One that could not be loaded has no tests that could tell.
    if (module.children.size === 0) didNotRun.push({ expected: file, found: module.errors().map(wordsOf).join("\n") });
    for (const test of module.children.allTests()) {
      if (!test.tags.includes("everywhere"))
        onlyOnTheStandIn.set(file, [...(onlyOnTheStandIn.get(file) ?? []), test.fullName]);
      else if (only === undefined || only.test(test.fullName)) {
        const { state, errors = [] } = test.result();
        const told = (what: typeof errors): string => what.map(wordsOf).join("\n");
        if (state === "passed") conforms.push(nameOf(test));
        else if (state === "failed") diverges.push({ expected: nameOf(test), found: told(errors) });
        else didNotRun.push({ expected: nameOf(test), found: told(module.errors()) });
      }
    }
  }
  return { conforms, diverges, didNotRun, onlyOnTheStandIn };
}

/** With the file, whose name says what the sentence is about. */
function nameOf(test: TestCase): string {
  const [, about = ""] = /([\w-]+)\.test\.ts$/.exec(test.module.relativeModuleId) ?? [];
  return `${about.replaceAll("-", " ")}: ${test.fullName}`;
}

function wordsOf({ message, diff }: { readonly message: string; readonly diff?: string }): string {
  return stripVTControlCharacters(diff === undefined ? message : `${message}\n${diff}`);
}
