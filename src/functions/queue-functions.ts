/** What messages and the timer start: a part of the bundle, loaded by the first of them. */
export { onPoison } from "./poison.ts";
export { onMessage } from "./queue.ts";
export { onSweep } from "./sweep.ts";
