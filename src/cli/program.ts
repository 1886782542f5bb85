import { Command, Option } from "@commander-js/extra-typings";
import type { Environment } from "../settings.ts";
import { type CommonOptions, type Context, contextOf, refuseRegistry } from "./context.ts";
import { duration } from "./duration.ts";
import { examples } from "./examples.ts";
import { CommandError, type Verdict } from "./exit-code.ts";
import type { FleetSelection } from "./fleet.ts";
import type { Streams } from "./terminal.ts";
import { targetOf } from "./target.ts";

const about = [
  "Checks and mends what keeps Azure Machine Learning workspaces from pulling images: the attached registry, the pull right of every identity that pulls, and the keys.",
  "Without --app it works on one workspace from here, as whoever is signed in (az login is enough), with no lease and no memory. With --app it speaks to a deployed app.",
].join("\n\n");

const ends = `
Exit codes: 0 compliant, 2 drift, 3 waiting, 4 blocked, 1 error.

Environment:
  ACR_REMEDIATOR_APP  the address of the app, instead of --app
  ACR_REMEDIATOR_KEY  a key of the app; it is not taken from the command line, where others could read it
  NO_COLOR            plain output
  REMEDIATOR_…        settings of the app, which hold for a look without it as well; also from a file: --settings`;

/** What a command is told of itself besides its options. */
interface Run {
  readonly environment: Environment;
  readonly streams: Streams;
  readonly signal: AbortSignal;
  /** Told how the command ended. */
  readonly ended: (verdict: Verdict) => void;
}

/** The commands and their options. Each loads what it needs when it is run. */
export function createProgram({ environment, streams, signal, ended }: Run): Pick<Command, "parseAsync" | "commands"> {
  const program = new Command("acr-remediator")
    .description(about)
    .addHelpText("after", ends)
    .showHelpAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void streams.stdout.write(text),
      writeErr: (text) => void streams.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  const run = async (options: CommonOptions, work: (context: Context) => Promise<Verdict>): Promise<void> => {
    ended(await work(contextOf(options, environment, streams, signal)));
  };
  const command = <Name extends keyof typeof examples>(name: Name, what: string) =>
    program
      .command(name)
      .description(what)
      .option("--app <url>", "a deployed app to ask")
      .option("--json", "the result as one JSON document")
      .option("--settings <file>", "settings of the app, as in local.settings.json")
      .addHelpText("after", `\nExamples:\n${examples[name].map((line) => `  ${line}`).join("\n")}`);
  const ofWorkspace = <Name extends keyof typeof examples>(name: Name, what: string) =>
    command(name, what)
      .argument("[workspace]", "the id of the workspace")
      .option("-n, --name <name>", "its name, where its id is not given")
      .option("-g, --resource-group <group>")
      .option("-s, --subscription <id>");
  const registryOption = [
    "--registry <name or id>",
    "the registry to use; by default that of the settings, else the one attached",
  ] as const;

  ofWorkspace("check", "say what would be done about a workspace, and do nothing")
    .option(...registryOption)
    .option("--all", "every workspace that the app knows; with --subscription, of that one alone")
    .action((id, options) =>
      run(options, async (context) => {
        const { check, checkAll } = await import("./commands/check.ts");
        if (options.all !== true) return check(context, targetOf({ ...options, id }), options.registry);
        if (id !== undefined || options.name !== undefined || options.resourceGroup !== undefined)
          throw new CommandError("--all is every workspace, or with --subscription those of one: name nothing else.");
        refuseRegistry(options.registry);
        return checkAll(
          context,
          "check --all",
          options.subscription === undefined ? {} : { subscription: options.subscription },
        );
      }),
    );

  ofWorkspace("fix", "put a workspace right: show the plan, ask, do it, and wait for what comes by itself")
    .option(...registryOption)
    .option("-y, --yes", "do not ask", false)
    .addOption(
      new Option("--wait <duration>", "how long to wait for an identity that is late, and the like")
        .argParser(duration)
        .default(duration("10m"), "10m"),
    )
    .option("--force-sync", "sync keys whatever is known of them", false)
    .action((id, options) =>
      run(options, async (context) => {
        const { fix } = await import("./commands/fix.ts");
        const { registry, yes, wait: waitMs, forceSync } = options;
        return fix(context, targetOf({ ...options, id }), {
          ...(registry === undefined ? {} : { registry }),
          yes,
          waitMs,
          forceSync,
        });
      }),
    );

  ofWorkspace("doctor", "tell why a workspace cannot pull its images, with a remedy for each reason")
    .option(...registryOption)
    .action((id, options) =>
      run(options, async (context) => {
        const { doctor } = await import("./commands/doctor.ts");
        return doctor(context, targetOf({ ...options, id }), options.registry);
      }),
    );

  command("sweep", "find what drifted in the whole fleet, and have it looked at")
    .option("--dry-run", "say what would be done about each workspace, and do nothing")
    .option(
      "--only <outcome[:reason]>",
      "only those that are in this state now, such as blocked or blocked:ImageMissing",
    )
    .action((options) =>
      run(options, async (context) => {
        const { sweep, sweepOnly } = await import("./commands/sweep.ts");
        const { checkAll } = await import("./commands/check.ts");
        const only = selectionOf(options.only);
        if (options.dryRun === true) return checkAll(context, "sweep --dry-run", only ?? {});
        return only === undefined ? sweep(context) : sweepOnly(context, only);
      }),
    );

  ofWorkspace("status", "tell how the fleet is in numbers, or what the app remembers of one workspace").action(
    (id, options) =>
      run(options, async (context) => {
        const { status, workspaceStatus } = await import("./commands/status.ts");
        const { name, resourceGroup, subscription } = options;
        const isNamed = [id, name, resourceGroup, subscription].some((part) => part !== undefined);
        return isNamed ? workspaceStatus(context, targetOf({ ...options, id })) : status(context);
      }),
  );

  ofWorkspace("history", "tell what was done about a workspace, and why").action((id, options) =>
    run(options, async (context) => {
      const { history } = await import("./commands/status.ts");
      return history(context, targetOf({ ...options, id }));
    }),
  );

  ofWorkspace("exempt", "have the app leave a workspace alone for a while")
    .requiredOption("--for <duration>", "for how long, such as 7d", duration)
    .requiredOption("--reason <text>", "why, for whoever wonders")
    .action((id, options) =>
      run(options, async (context) => {
        const { exempt } = await import("./commands/exempt.ts");
        return exempt(
          context,
          targetOf({ ...options, id }),
          new Date(Date.now() + options.for).toISOString(),
          options.reason,
        );
      }),
    );

  ofWorkspace("include", "have the app look after a workspace again; never lifts a tag").action((id, options) =>
    run(options, async (context) => {
      const { include } = await import("./commands/exempt.ts");
      return include(context, targetOf({ ...options, id }));
    }),
  );

  command("replay", "show where a saved event would lead, and what would be done there; nothing is")
    .requiredOption("--event <file>", "an event of either schema, or an array of them, as JSON")
    .option(...registryOption)
    .action((options) =>
      run(options, async (context) => {
        const { replay } = await import("./commands/replay.ts");
        return replay(context, options.event, options.registry);
      }),
    );

  command("config", "show the effective settings, where each comes from, and what is wrong with them").action(
    (options) =>
      run(options, async (context) => {
        const { config } = await import("./commands/config.ts");
        return config(context);
      }),
  );

  ofWorkspace("images", "tell whether the workspace's registry has the images that are required")
    .option(...registryOption)
    .option(
      "--image <name>",
      "an image to look for, such as team/base:1.0; may be repeated",
      (name, all: readonly string[]) => [...all, name],
      [] as readonly string[],
    )
    .action((id, options) =>
      run(options, async (context) => {
        const { images } = await import("./commands/images.ts");
        return images(context, targetOf({ ...options, id }), options.image, options.registry);
      }),
    );

  return program;
}

function selectionOf(only: string | undefined): FleetSelection | undefined {
  if (only === undefined) return undefined;
  const [outcome = "", reason] = only.split(":");
  return { outcome, ...(reason === undefined || reason === "" ? {} : { reason }) };
}
