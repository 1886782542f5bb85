import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Azure } from "../local/azure/index.ts";
import type { BlindTask } from "./blind-process.ts";
import type { BlindTarget } from "./blind.ts";
import type { Member } from "./fleet.ts";

/** Somebody with all rights; not the app. */
const person = "0badc0de-0000-4000-8000-0000000be9c4";

/** The stand-in as the blind commands reach it. */
export function blindTarget(azure: Azure): BlindTarget {
  const { retryAfterSeconds } = azure.settings;
  return { armEndpoint: azure.armEndpoint, token: azure.token(person), retryAfterSeconds };
}

/** The requests to ARM that the blind commands sent. */
export function sentBlindly({ requests }: Azure): Azure["requests"] {
  return requests.filter(({ principalId }) => principalId === person);
}

/** Runs the blind commands for each of these at the same time, in a process of their own, and times each, in milliseconds. */
export async function timeBlindCommands(azure: Azure, members: readonly Member[]): Promise<readonly number[]> {
  const child = fork(fileURLToPath(new URL("blind-process.ts", import.meta.url)), {
    env: { PATH: process.env["PATH"], NODE_EXTRA_CA_CERTS: azure.caCertificate },
  });
  const task: BlindTask = { target: blindTarget(azure), members };
  child.send(task);
  try {
    return await new Promise<readonly number[]>((resolve, reject) => {
      child.once("message", (durationsMs) => {
        resolve(durationsMs as readonly number[]);
      });
      child.once("exit", (code) => {
        reject(new Error(`The blind commands ended with ${code ?? "a signal"}.`));
      });
    });
  } finally {
    child.kill();
  }
}
