import * as z from "zod/mini";
import { count, moment, named, told } from "./common.ts";

const text = z.string();

export const health = named(
  z.object({ status: z.literal("up"), mode: z.enum(["audit", "enforce"]) }),
  "Health",
  "The app is up, and its settings are right.",
);

export const readiness = named(
  z.object({
    status: z.enum(["ready", "behind"]),
    lastSweep: z.object({
      startedAt: z.optional(moment),
      neverSince: told(z.optional(moment), "When the app first started, while no sweep was finished."),
      ageSeconds: count,
      dueBy: told(z.nullable(moment), "When the next sweep should be over."),
    }),
    oldestRequest: z.nullable(z.object({ ageSeconds: count })),
    problems: z.array(text),
  }),
  "Readiness",
  "Whether the app keeps up.",
);

export const settingsView = named(
  z.object({
    settings: z.array(
      z.object({
        name: text,
        value: told(z.optional(text), "Absent where there is none, or it is a secret."),
        from: told(z.enum(["setting", "default", "nowhere"]), "nowhere: it is not set, and there is no default."),
      }),
    ),
  }),
  "Settings",
  "What the app was told, and what it takes where it was told nothing.",
);
export type SettingsView = z.infer<typeof settingsView>;
