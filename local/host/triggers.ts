/** Sorts the app's functions by trigger, and refuses at start whatever this host does not model. */
import type { App, RegisteredFunction } from "./app.ts";
import { triggerName } from "./executor.ts";
import type { Binding } from "./rpc.ts";
import type { Settings } from "./settings.ts";

export interface Trigger {
  readonly target: RegisteredFunction;
  readonly binding: Binding;
}

export type TriggerType = "httpTrigger" | "queueTrigger" | "eventGridTrigger" | "timerTrigger";

const triggerTypes: readonly TriggerType[] = ["httpTrigger", "queueTrigger", "eventGridTrigger", "timerTrigger"];
const outputTypes: readonly string[] = ["http", "queue"];

/** Options that change what a handler gets, with the values that are modelled. */
const modelledOptions: Readonly<Record<string, readonly unknown[]>> = {
  dataType: [undefined, "undefined", "string"],
  cardinality: [undefined, "one"],
  sdkBinding: [undefined, false],
};

export type Triggers = Readonly<Record<TriggerType, readonly Trigger[]>>;

/** Disabled functions are left out. Throws one error that names everything that is not modelled. */
export function sortTriggers(app: App, settings: Settings): Triggers {
  const triggers: Record<TriggerType, Trigger[]> = {
    httpTrigger: [],
    queueTrigger: [],
    eventGridTrigger: [],
    timerTrigger: [],
  };
  const problems: string[] = [];
  for (const target of app.functions.values()) {
    const { name, bindings, retryOptions } = target.metadata;
    if (settings.isDisabled(name)) continue;
    problems.push(...findProblems(bindings).map((problem) => `function "${name}": ${problem}`));
    if (retryOptions) problems.push(`function "${name}": retry options are not modelled`);
    const binding = bindings[triggerName(target)];
    const type = triggerTypes.find((known) => known === binding?.type);
    if (binding && type) triggers[type].push({ target, binding });
  }
  if (problems.length > 0) throw new Error(`The app uses what this host does not model:\n- ${problems.join("\n- ")}`);
  return triggers;
}

function findProblems(bindings: Readonly<Record<string, Binding>>): string[] {
  const known: readonly string[] = [...triggerTypes, ...outputTypes];
  const problems: string[] = [];
  for (const [name, binding] of Object.entries(bindings)) {
    if (!known.includes(binding.type)) problems.push(`binding "${name}" of type ${binding.type} is not modelled`);
    for (const [option, values] of Object.entries(modelledOptions)) {
      if (!values.includes(binding[option])) {
        problems.push(`binding "${name}": ${option} ${JSON.stringify(binding[option])} is not modelled`);
      }
    }
  }
  return problems;
}
