import type * as z from "zod/mini";
import { workspaceRoute } from "../functions/workspace-route.ts";
import { workspacePath } from "./common.ts";
import { fleetPage, fleetQuery, fleetSummary } from "./fleet.ts";
import { health, readiness, settingsView } from "./service.ts";
import { sweepAsked, sweepList, sweepPath, sweepsQuery, sweepView } from "./sweeps.ts";
import {
  accepted,
  diagnosis,
  dryRun,
  exemptionBody,
  exemptionQuery,
  remediateQuery,
  workspaceState,
  workspaceWithHistory,
} from "./workspace.ts";

/** One thing that the HTTP API does. */
export interface Operation {
  /** The function's name, as `main.ts` registers it, and the document's operationId. */
  readonly name: string;
  readonly method: "get" | "post" | "put" | "delete";
  /** Below `/api/`. */
  readonly route: string;
  readonly summary: string;
  readonly needsKey: boolean;
  readonly path?: z.ZodMiniObject;
  readonly query?: z.ZodMiniObject;
  readonly body?: z.ZodMiniType;
  /** What is answered where all went well, by status. */
  readonly answers: Readonly<
    Record<number, { readonly description: string; readonly schema: readonly [z.ZodMiniType, ...z.ZodMiniType[]] }>
  >;
  /** What else may be answered, each as a problem; and so is what nobody thought of. */
  readonly problems: readonly number[];
}

const ofWorkspace = [400, 403, 404, 500, 503] as const;

/** All of them, in the order of the document. */
export const operations: readonly Operation[] = [
  {
    name: "fleet",
    method: "get",
    route: "fleet",
    summary: "The fleet in numbers. Costs the same however large it is.",
    needsKey: true,
    answers: { 200: { description: "How many workspaces have each outcome and reason.", schema: [fleetSummary] } },
    problems: [400, 503],
  },
  {
    name: "workspaces",
    method: "get",
    route: "workspaces",
    summary: "Lists workspaces, a page at a time.",
    needsKey: true,
    query: fleetQuery,
    answers: { 200: { description: "A page.", schema: [fleetPage] } },
    problems: [400, 403, 503],
  },
  {
    name: "workspace",
    method: "get",
    route: workspaceRoute,
    summary: "What is remembered of one workspace, and its history.",
    needsKey: true,
    path: workspacePath,
    answers: { 200: { description: "It is known.", schema: [workspaceWithHistory] } },
    problems: ofWorkspace,
  },
  {
    name: "diagnosis",
    method: "get",
    route: `${workspaceRoute}/diagnosis`,
    summary: "Why a workspace cannot pull its images. Changes nothing.",
    needsKey: true,
    path: workspacePath,
    answers: { 200: { description: "What each check found.", schema: [diagnosis] } },
    problems: [400, 403, 404, 502, 503],
  },
  {
    name: "remediate",
    method: "post",
    route: `${workspaceRoute}/remediate`,
    summary: "Looks at one workspace and puts right what is wrong; in audit mode it only says what would be done.",
    needsKey: true,
    path: workspacePath,
    query: remediateQuery,
    answers: {
      200: { description: "The look is over, or (dryRun) would end so.", schema: [workspaceState, dryRun] },
      202: { description: "It goes on; `location` says where to look.", schema: [workspaceState, accepted] },
    },
    problems: [...ofWorkspace, 502],
  },
  {
    name: "exemption",
    method: "put",
    route: `${workspaceRoute}/exemption`,
    summary: "Leaves a workspace alone until a date.",
    needsKey: true,
    path: workspacePath,
    query: exemptionQuery,
    body: exemptionBody,
    answers: {
      200: { description: "It is left alone.", schema: [workspaceState] },
      202: { description: "It will be, once the look that is under way is over.", schema: [workspaceState, accepted] },
    },
    problems: [400, 403, 404, 503],
  },
  {
    name: "inclusion",
    method: "delete",
    route: `${workspaceRoute}/exemption`,
    summary: "Ends what was said by the operation `exemption`. Never lifts a tag.",
    needsKey: true,
    path: workspacePath,
    query: exemptionQuery,
    answers: {
      200: { description: "It is looked after again, unless a tag says otherwise.", schema: [workspaceState] },
      202: { description: "It will be, once the look that was asked for is over.", schema: [workspaceState, accepted] },
    },
    problems: [400, 403, 404, 503],
  },
  {
    name: "sweeps",
    method: "get",
    route: "sweeps",
    summary: "Lists the last sweeps.",
    needsKey: true,
    query: sweepsQuery,
    answers: { 200: { description: "The newest first.", schema: [sweepList] } },
    problems: [400, 503],
  },
  {
    name: "startSweep",
    method: "post",
    route: "sweeps",
    summary: "Asks for a sweep of the whole fleet, unless one is under way.",
    needsKey: true,
    answers: { 202: { description: "`location` says where to look.", schema: [sweepAsked] } },
    problems: [400, 503],
  },
  {
    name: "sweepState",
    method: "get",
    route: "sweeps/{id}",
    summary: "How far a sweep is, and what came of it.",
    needsKey: true,
    path: sweepPath,
    answers: { 200: { description: "It has begun.", schema: [sweepView] } },
    problems: [400, 404, 503],
  },
  {
    name: "settings",
    method: "get",
    route: "settings",
    summary: "The app's effective settings.",
    needsKey: true,
    answers: { 200: { description: "Each setting, and where its value comes from.", schema: [settingsView] } },
    problems: [400, 503],
  },
  {
    name: "health",
    method: "get",
    route: "health",
    summary: "Whether the app is up and its settings are right.",
    needsKey: false,
    answers: { 200: { description: "It is.", schema: [health] } },
    problems: [503],
  },
  {
    name: "ready",
    method: "get",
    route: "health/ready",
    summary: "Whether the app keeps up.",
    needsKey: false,
    answers: {
      200: { description: "It does.", schema: [readiness] },
      503: { description: "It is behind; as a problem: it cannot work at all.", schema: [readiness] },
    },
    problems: [503],
  },
];
