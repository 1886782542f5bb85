/** What messages start: a part of the bundle, loaded by the first of them. A sweep is a part of its own. */
export { onPoison } from "./poison.ts";
export { onMessage } from "./queue.ts";
