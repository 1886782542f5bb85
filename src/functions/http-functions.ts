/** What answers HTTP: a part of the bundle, loaded by the first request. */
export { onDiagnosis } from "./diagnosis.ts";
export { onHealth } from "./health.ts";
export { answer } from "./http.ts";
export { onReady } from "./ready.ts";
export { onRemediate } from "./remediate.ts";
export { onWorkspace } from "./workspace.ts";
